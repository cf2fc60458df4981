"""Details and changes of them, as made in code and as read from requests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from app.core.details import Changes, Details
from app.core.entity import Deactivatable
from app.core.validation import InvalidDetails, SingleLine

NOW = datetime(2026, 1, 31, tzinfo=UTC)
LATER = datetime(2026, 2, 28, tzinfo=UTC)

Note = Annotated[str, SingleLine("a note", 0, 10), Field(examples=["new"])]


@dataclass(frozen=True, kw_only=True)
class ThingDetails(Details):
    """The details that a thing is made with."""

    name: Annotated[
        str,
        SingleLine("a name", 1, 10),
        Field(description="What it is called.", examples=["Lamp", "Torch"]),
    ]
    amount: Annotated[int, Field(ge=1, examples=[2])]
    note: Note | None = None


class ThingChanges(Changes[ThingDetails]):
    """New details for a thing."""


@dataclass(frozen=True, kw_only=True)
class Thing(Deactivatable, ThingDetails):
    """A thing that belongs to somebody."""

    owner_id: UUID


OWNER_ID = UUID(int=7)
LAMP = ThingDetails(name=" Lamp ", amount=2)
DETAILS = TypeAdapter(ThingDetails)
CHANGES = TypeAdapter(ThingChanges)


def _thing() -> Thing:
    return Thing.new(LAMP, at=NOW, owner_id=OWNER_ID)


def test_details_are_brought_to_their_one_form() -> None:
    assert LAMP.name == "Lamp"
    assert LAMP.note is None
    assert DETAILS.validate_python({"name": " Lamp ", "amount": 2}) == LAMP
    assert ThingChanges(name=" Lamp ").given == {"name": "Lamp"}
    assert CHANGES.validate_python({"note": None}).given == {"note": None}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": " "}, "a name has 1 to 10 characters"),
        ({"name": "a\nb"}, "a name has no control characters"),
        ({"amount": 0}, "Input should be greater than or equal to 1"),
        ({"surprise": "hunter2"}, "Extra inputs are not permitted"),
    ],
)
def test_a_detail_that_breaks_a_rule_is_refused_without_its_value(
    given: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(InvalidDetails) as caught:
        ThingChanges(**given)
    with pytest.raises(ValidationError) as refused:
        DETAILS.validate_python({"name": "Lamp", "amount": 2, **given})

    assert str(caught.value) == message
    [error] = refused.value.errors()
    assert error["loc"] == tuple(given)


def test_what_is_missing_is_refused_unless_it_is_a_change() -> None:
    with pytest.raises(ValidationError) as refused:
        DETAILS.validate_python({"amount": 2})

    [error] = refused.value.errors()
    assert (error["loc"], error["type"]) == (("name",), "missing")
    assert CHANGES.validate_python({}).given == {}


def test_the_description_has_the_limits_and_the_examples_of_the_fields() -> None:
    made = DETAILS.json_schema()
    changed = CHANGES.json_schema()

    assert made["required"] == ["name", "amount"]
    assert made["additionalProperties"] is False
    assert made["examples"] == [{"name": "Lamp", "amount": 2, "note": "new"}]
    assert made["properties"]["name"] == {
        "title": "Name",
        "type": "string",
        "minLength": 1,
        "maxLength": 10,
        "description": "What it is called.",
    }
    assert changed["properties"]["name"] == made["properties"]["name"]
    assert "required" not in changed
    assert changed["examples"] == [{"name": "Torch"}]


def test_an_entity_begins_with_its_details_and_the_first_version() -> None:
    thing = _thing()

    assert (thing.name, thing.amount, thing.owner_id) == ("Lamp", 2, OWNER_ID)
    assert (thing.version, thing.is_active) == (1, True)
    assert thing.created_at == thing.updated_at == NOW


def test_a_change_touches_only_what_it_names() -> None:
    thing = _thing()

    changed = thing.changed(ThingChanges(name="Torch"), at=LATER)

    assert (changed.name, changed.amount, changed.id) == ("Torch", 2, thing.id)
    assert (changed.version, changed.updated_at) == (2, LATER)


def test_a_change_of_nothing_is_no_change() -> None:
    thing = _thing()

    assert thing.changed(ThingChanges(), at=LATER) is thing
    assert thing.changed(ThingChanges(name="Lamp"), at=LATER) is thing


def test_an_entity_is_deactivated_once() -> None:
    gone = _thing().deactivated(at=LATER)

    assert (gone.is_active, gone.version, gone.updated_at) == (False, 2, LATER)
    assert gone.deactivated(at=NOW) is gone


def test_an_entity_is_reactivated_once() -> None:
    active = _thing().deactivated(at=NOW).reactivated(at=LATER)

    assert (active.is_active, active.version, active.updated_at) == (True, 3, LATER)
    assert active.reactivated(at=NOW) is active


def test_what_was_kept_is_read_without_the_rules_of_today() -> None:
    kept = vars(_thing()) | {"name": " longer than it may be now "}

    [thing] = TypeAdapter(tuple[Thing, ...]).validate_python([kept])

    assert thing == Thing(**kept)
    assert thing.name == kept["name"]
    things = TypeAdapter(Thing)
    assert things.validate_json(things.dump_json(thing)) == thing
