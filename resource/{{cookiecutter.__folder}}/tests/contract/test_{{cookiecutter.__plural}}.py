{% set r = cookiecutter | resource %}
{% set c = r.changing %}
"""Sample items in each storage: the fields, what is unique, and the filters."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.models.sample_item import SampleItem, SampleItemChanges, SampleItemQuery, SampleItemSort{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from app.core.ids import new_id
from app.models.user import User, UserDetails
{% if r.unique %}
from app.repositories.interfaces.sample_items import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}
from app.repositories.interfaces.storage import Storage
from tests.conftest import SteppingClock
{% for f in r.unique if f.kind == "ref" and f.optional and f.target.singular != "user" and f.target != r.names %}
from tests.{{ f.target.plural }} import add_{{ f.target.singular }}
{% endfor %}
from tests.sample_items import add_sample_item, make_sample_item

Add = Callable[..., Awaitable[SampleItem]]

@pytest.fixture
def add(storage: Storage, clock: SteppingClock) -> Add:
    """Stores a new sample item and returns it."""

    async def add(**given: Any) -> SampleItem:
        async with storage.unit_of_work() as work:
            sample_item = await add_sample_item(work, clock.now(), **given)
            await work.commit()
        return sample_item

    return add


{% if r.deactivates or r.unique %}
async def _update(storage: Storage, sample_item: SampleItem) -> None:
    async with storage.unit_of_work() as work:
        await work.sample_items.update(sample_item)
        await work.commit()


{% endif %}
async def _list(storage: Storage, query: SampleItemQuery) -> list[SampleItem]:
    """Return the sample items on all pages of a query, in order."""
    found: list[SampleItem] = []
    while True:
        page = await storage.sample_items.list(query)
        assert len(page.items) <= query.size
        found += page.items
        if page.next is None:
            return found
        query = replace(query, after=page.next)


async def test_what_is_stored_is_read_back_as_it_was(
    storage: Storage,
    add: Add,
) -> None:
    sample_item = await add()

    found = await storage.sample_items.get(sample_item.id)

    assert found == sample_item
{% if not r.deactivates %}
    assert await _list(storage, SampleItemQuery()) == [sample_item]
{% endif %}
{% for f in r.of_kind("enum") %}
    assert isinstance(found.{{ f.name }}, {{ f.cls }})
{% endfor %}
{% set optional = r.fields | selectattr("optional") | list %}
{% if optional %}


async def test_what_is_left_out_is_read_back_as_nothing(
    storage: Storage,
    add: Add,
) -> None:
    nothing: dict[str, Any] = {
{% for f in optional %}
        "{{ f.name }}": None,
{% endfor %}
    }
    sample_items = [await add(**nothing) for _ in range(2)]

    assert await _list(storage, SampleItemQuery()) == sample_items
{% endif %}
{% set bounded = r.of_kind("int", "decimal", "float") %}
{% if bounded %}


async def test_the_least_and_the_most_are_read_back_as_they_were(
    storage: Storage,
    add: Add,
) -> None:
    least = await add(
{% for f in bounded %}
        {{ f.name }}={{ f | bound("least") }},
{% endfor %}
    )
    most = await add(
{% for f in bounded %}
        {{ f.name }}={{ f | bound("most") }},
{% endfor %}
    )

    assert await _list(storage, SampleItemQuery()) == [least, most]
{% endif %}
{% set longest = r.of_kind("str", "text") | rejectattr("unique") | list %}
{% if longest %}


async def test_the_longest_text_is_read_back_as_it_was(
    storage: Storage,
    add: Add,
) -> None:
    sample_item = await add(
{% for f in longest %}
        {{ f.name }}="王" * {{ f.most }},
{% endfor %}
    )

    assert await storage.sample_items.get(sample_item.id) == sample_item
{% endif %}
{% for f in r.of_kind("list") %}


@pytest.mark.parametrize("given", [(), {{ f | full }}], ids=["empty", "full"])
async def test_{{ f.name }}_are_read_back_as_they_were(
    storage: Storage,
    add: Add,
    given: tuple[{{ f.element.python }}, ...],
) -> None:
    sample_item = await add({{ f.name }}=given)

    assert await storage.sample_items.get(sample_item.id) == sample_item
{% endfor %}
{% for f in r.unique %}


async def test_{{ f.name }}_is_stored_once(
    storage: Storage,
    add: Add,
    clock: SteppingClock,
) -> None:
{% if f.kind == "ref" and f.optional %}
    async with storage.unit_of_work() as work:
{% if f.target == r.names %}
        target = await add_sample_item(work, clock.now())
        await work.commit()
{% elif f.target.singular == "user" %}
        at = clock.now()
        details = UserDetails(email="ada@example.com", name="Ada")
        target = User.new(details, at=at)
        await work.users.add(target)
        await work.commit()
{% else %}
        target = await add_{{ f.target.singular }}(work, clock.now())
        await work.commit()
{% endif %}
    first, other = await add({{ f.name }}=target.id), await add()
{% else %}
    first, other = await add(), await add()
{% endif %}

    with pytest.raises({{ f.duplicate }}):
        await add({{ f.name }}=first.{{ f.name }})
    with pytest.raises({{ f.duplicate }}):
        changes = SampleItemChanges({{ f.name }}=first.{{ f.name }})
        await _update(storage, other.changed(changes, at=clock.now()))

    assert await storage.sample_items.get(other.id) == other
{% endfor %}


{% if r.deactivates or r.is_private or r.sure_filters %}
async def test_filters_keep_only_what_they_name(
    storage: Storage,
    add: Add,
{% if r.deactivates %}
    clock: SteppingClock,
{% endif %}
) -> None:
    {{ "other" if r.deactivates else "_" }}, one = await add(), await add()
{% if r.deactivates %}
    one = one.deactivated(at=clock.now())
    await _update(storage, one)

    assert await _list(storage, SampleItemQuery(active=True)) == [other]
    assert await _list(storage, SampleItemQuery(active=False)) == [one]
{% endif %}
{% if r.is_private %}
    assert await _list(storage, SampleItemQuery(owner_id=one.owner_id)) == [one]
    assert await _list(storage, SampleItemQuery(owner_id=uuid4())) == []
{% endif %}
{% for f in r.sure_filters %}
    by_{{ f.name }} = SampleItemQuery({{ f.name }}=one.{{ f.name }})
    assert await _list(storage, by_{{ f.name }}) == [one]
{% if r.deactivates %}
    assert await _list(storage, replace(by_{{ f.name }}, active=True)) == []
{% endif %}
{% endfor %}
{% endif %}
