{% set r = cookiecutter | resource %}
{% set n = r.names %}
{% set c = r.changing %}
"""{{ n.plural_title }} behind a cache: what is read from where, and what is forgotten when."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_type_hints
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest

from app.core.cache.base import Cache, Lifetimes
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Changes, {{ n.cls }}Query{% for f in r.of_kind("enum") %}, {{ f.enum }}{% endfor %}

from app.core.pagination import Page
from app.repositories.cached import CachedStorage
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork
from app.repositories.interfaces.{{ n.plural }} import {{ n.cls }}Repository, Writable{{ n.cls }}Repository
from tests.conftest import SteppingClock
from tests.{{ n.plural }} import make_{{ n.singular }}


class TestCached{{ n.classes }}:
    """What storage holds is `stored`; `inner` counts how often it is asked."""

    @pytest.fixture(autouse=True)
    def arrange(self, cache: Cache, clock: SteppingClock) -> None:
        self.{{ n.singular }} = make_{{ n.singular }}(clock.now())
        changes = {{ n.cls }}Changes({{ c.name }}={{ c | literal(1) }})
        self.changed = self.{{ n.singular }}.changed(changes, at=clock.now())
        self.stored: {{ n.cls }} | None = self.{{ n.singular }}
        self.work = Mock(spec=UnitOfWork, **dict.fromkeys(get_type_hints(UnitOfWork)))
        self.work.{{ n.plural }} = Mock(spec=Writable{{ n.cls }}Repository)
        self.work.commit.side_effect = self._commit
        self.inner = Mock(spec=Storage, **dict.fromkeys(get_type_hints(Storage)))
        self.inner.{{ n.plural }} = Mock(spec={{ n.cls }}Repository)
        self.inner.{{ n.plural }}.get_{{ n.singular }}.side_effect = self._read
        self.inner.unit_of_work = self._begin
        self.storage = CachedStorage(self.inner, cache, Lifetimes(60))

    async def _read(self, _id: object) -> {{ n.cls }} | None:
        return self.stored

    async def _commit(self) -> None:
        self.stored = self.changed

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    async def test_one_is_read_from_storage_once(self) -> None:
        for _ in range(3):
            assert await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.{{ n.singular }}.id) == self.{{ n.singular }}

        self.inner.{{ n.plural }}.get_{{ n.singular }}.assert_awaited_once_with(self.{{ n.singular }}.id)

    async def test_that_there_is_none_is_read_from_storage_once(self) -> None:
        self.stored = None
        nothing = uuid4()

        for _ in range(3):
            assert await self.storage.{{ n.plural }}.get_{{ n.singular }}(nothing) is None

        self.inner.{{ n.plural }}.get_{{ n.singular }}.assert_awaited_once_with(nothing)

    async def test_lists_are_always_read_from_storage(self) -> None:
        page = Page(items=(self.{{ n.singular }},), next=None)
        self.inner.{{ n.plural }}.list_{{ n.plural }}.return_value = page

        for _ in range(2):
            assert await self.storage.{{ n.plural }}.list_{{ n.plural }}({{ n.cls }}Query()) is page

        assert self.inner.{{ n.plural }}.list_{{ n.plural }}.await_count == 2

    async def test_a_change_is_seen_as_soon_as_it_is_committed(self) -> None:
        await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.{{ n.singular }}.id)

        async with self.storage.unit_of_work() as work:
            await work.{{ n.plural }}.update(self.changed)
            await work.commit()

        assert await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.{{ n.singular }}.id) == self.changed

    async def test_a_creation_is_seen_by_those_who_found_none(self) -> None:
        self.stored = None
        assert await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.changed.id) is None

        async with self.storage.unit_of_work() as work:
            await work.{{ n.plural }}.add(self.changed)
            await work.commit()

        assert await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.changed.id) == self.changed

    async def test_what_is_not_committed_forgets_nothing(self) -> None:
        await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.{{ n.singular }}.id)

        async with self.storage.unit_of_work() as work:
            await work.{{ n.plural }}.update(self.changed)
            await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.{{ n.singular }}.id)

        self.inner.{{ n.plural }}.get_{{ n.singular }}.assert_awaited_once_with(self.{{ n.singular }}.id)

    async def test_units_of_work_read_nothing_from_the_cache(self) -> None:
        await self.storage.{{ n.plural }}.get_{{ n.singular }}(self.{{ n.singular }}.id)
        self.work.{{ n.plural }}.get_{{ n.singular }}.return_value = self.changed

        async with self.storage.unit_of_work() as work:
            assert await work.{{ n.plural }}.get_{{ n.singular }}(self.{{ n.singular }}.id) is self.changed
