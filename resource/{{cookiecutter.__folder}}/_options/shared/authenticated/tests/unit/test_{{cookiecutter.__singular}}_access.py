{% set r = cookiecutter | resource %}
{% if r.has_owner %}
{% set c = r.changing %}
"""Which sample items a caller may see and change, with storage replaced."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from secrets import token_hex
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest

from app.core.database.repository import Reader, Repository
from app.core.errors import NotFound, Unknown
from app.core.idempotency.models import IdempotencyKey
from app.core.idempotency.repository import IdempotencyRecords
from app.core.security.errors import Forbidden, NotAuthenticated
from app.core.versions import ANY_VERSION
from app.models.caller import Caller
from app.models.sample_item import SampleItemChanges, SampleItemQuery{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from app.repositories.interfaces.storage import UnitOfWork
from app.services.sample_items import SampleItemService
from tests.conftest import SteppingClock
from tests.sample_items import make_sample_item, new_sample_item

CHANGES = SampleItemChanges({{ c.name }}={{ c | literal(1) }})

ABOUT_ONE: dict[str, Callable[[SampleItemService, UUID], Awaitable[object]]] = {
    "read": lambda service, of: service.get_sample_item_details(of),
    "change": lambda service, of: service.change(of, CHANGES, ANY_VERSION),
    "{{ r.ending }}": lambda service, of: service.{{ r.ending }}(of),
}


class TestSampleItemService:
    """`sample_item` is the only one, and everybody is its owner unless a test says otherwise."""

    @pytest.fixture(autouse=True)
    def arrange(self, clock: SteppingClock) -> None:
        self.clock = clock
        self.sample_items = Mock(spec=Reader)
        self.work = Mock(spec=UnitOfWork)
        self.work.sample_items = Mock(spec=Repository)
        self.work.idempotency = Mock(spec=IdempotencyRecords)
{% for f in r.needed %}
        self.work.{{ f.target.plural }} = Mock(spec=Repository)
{% endfor %}
        self.sample_item = make_sample_item(clock.now())
        self.sample_items.get.return_value = self.sample_item
        self.work.sample_items.get.return_value = self.sample_item

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    def _service(self, caller_id: UUID{{ " | None" if r.is_public }}, *, is_administrator: bool = False) -> SampleItemService:
        caller = {{ "None if caller_id is None else " if r.is_public }}Caller(
            user_id=caller_id,
            scopes=frozenset(),
            is_administrator=is_administrator,
        )
        return SampleItemService(self.sample_items, self._begin, self.clock, caller)

    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_owners_act_on_what_is_theirs(self, action: str) -> None:
        service = self._service(self.sample_item.owner_id)

        await ABOUT_ONE[action](service, self.sample_item.id)

        assert self.work.commit.await_count == (action != "read")

    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_administrators_act_on_everything(self, action: str) -> None:
        service = self._service(uuid4(), is_administrator=True)

        await ABOUT_ONE[action](service, self.sample_item.id)

        assert self.work.commit.await_count == (action != "read")

{% if r.is_public %}
    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_strangers_may_only_read(self, action: str) -> None:
        for caller_id, error in ((uuid4(), Forbidden), (None, NotAuthenticated)):
            refused = nullcontext() if action == "read" else pytest.raises(error)
            with refused:
                await ABOUT_ONE[action](self._service(caller_id), self.sample_item.id)

        self.work.commit.assert_not_awaited()

    async def test_only_callers_create(self) -> None:
        with pytest.raises(NotAuthenticated):
            await self._service(None).create(new_sample_item())

        self.work.sample_items.add.assert_not_awaited()
{% else %}
    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_for_a_stranger_it_is_not_there(self, action: str) -> None:
        with pytest.raises(NotFound):
            await ABOUT_ONE[action](self._service(uuid4()), self.sample_item.id)

        self.work.commit.assert_not_awaited()

    async def test_callers_list_what_is_theirs_and_administrators_everything(
        self,
    ) -> None:
        stranger, query = uuid4(), SampleItemQuery()

        await self._service(stranger).list_sample_items(query)
        await self._service(stranger, is_administrator=True).list_sample_items(query)

        asked = [call.args[0] for call in self.sample_items.list.await_args_list]
        assert asked == [replace(query, owner_id=stranger), query]
{% endif %}
{% for f in r.guarded %}

    async def test_{{ f.name }}_is_of_what_the_caller_may_see(self) -> None:
        self.work.{{ f.target.plural }}.get.return_value = Mock({{ r.owner_of(f) }}=uuid4())

        with pytest.raises(Unknown):
            await self._service(uuid4()).create(new_sample_item())

        self.work.sample_items.add.assert_not_awaited()
{% endfor %}

    async def test_callers_get_answers_with_their_own_keys_only(self) -> None:
        key = IdempotencyKey(id=token_hex(32), fingerprint=token_hex(32))
        ada, bob = (self._service(uuid4(), is_administrator=True) for _ in range(2))

        for service in (ada, ada, bob):
            await service.create(new_sample_item(), key)

        records = [call.args[0] for call in self.work.idempotency.add.await_args_list]
        first, repeated, of_another = [record.id for record in records]
        assert repeated == first
        assert of_another not in (first, key.id)
{% endif %}
