"""How entities are shown."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, TypeAdapter

from app.core.details import Details
from app.core.entity import Deactivatable, Entity
from app.core.http.representations import Representation
from app.core.validation import SingleLine

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class ThingDetails(Details):
    """The details that a thing is made with."""

    name: Annotated[
        str,
        SingleLine("a name", 1, 10),
        Field(description="What it is called.", examples=["Lamp"]),
    ]


@dataclass(frozen=True, kw_only=True)
class Thing(Deactivatable, ThingDetails):
    """A thing."""


@dataclass(frozen=True, kw_only=True)
class DeletedThing(Entity, ThingDetails):
    """A thing that is deleted, and not deactivated."""


ThingOut = Annotated[Thing, Representation("ThingOut", "A thing.")]


def test_an_entity_is_shown_without_its_version() -> None:
    thing = Thing.new(ThingDetails(name="Lamp"), at=NOW)

    shown = TypeAdapter(ThingOut).dump_python(thing, mode="json", by_alias=True)

    assert list(shown.items()) == [
        ("id", str(thing.id)),
        ("name", "Lamp"),
        ("active", True),
        ("created_at", "2026-01-31T00:00:00Z"),
        ("updated_at", "2026-01-31T00:00:00Z"),
    ]


def test_an_entity_that_is_deleted_has_no_state() -> None:
    kind = Annotated[DeletedThing, Representation("DeletedThingOut", "A thing.")]

    schema = TypeAdapter(kind).json_schema(mode="serialization")

    assert schema["required"] == ["id", "name", "created_at", "updated_at"]


def test_a_representation_is_described_without_the_limits_of_requests() -> None:
    schema = TypeAdapter(ThingOut).json_schema(mode="serialization")

    assert (schema["title"], schema["description"]) == ("ThingOut", "A thing.")
    assert schema["required"] == ["id", "name", "active", "created_at", "updated_at"]
    assert schema["properties"]["name"] == {
        "title": "Name",
        "type": "string",
        "description": "What it is called.",
    }
    [example] = schema["examples"]
    assert set(example) == set(schema["required"])
