{% set r = cookiecutter | resource %}
{% set n = r.names %}
{% set c = r.changing %}
"""Which {{ n.plural_words }} a caller may see and change, with storage in memory."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from secrets import token_hex
from uuid import UUID, uuid4

import pytest

from app.core.idempotency.models import IdempotencyKey
from app.models.caller import Caller
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Changes, {{ n.cls }}Query{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from app.core.versions import ANY_VERSION
from tests.memory import MemoryStorage
from app.core.errors import NotFound, Unknown
from app.services.{{ n.plural }} import {{ n.cls }}Service
from tests.conftest import SteppingClock
from tests.{{ n.plural }} import add_{{ n.singular }}{{ ", add_references" if r.needed else "" }}, new_{{ n.singular }}

CHANGES = {{ n.cls }}Changes({{ c.name }}={{ c | literal(1) }})

ABOUT_ONE: dict[str, Callable[[{{ n.cls }}Service, UUID], Awaitable[object]]] = {
    "read": lambda service, of: service.get_{{ n.singular }}_details(of),
    "change": lambda service, of: service.change(of, CHANGES, ANY_VERSION),
    "deactivate": lambda service, of: service.deactivate(of),
}


class Test{{ n.cls }}Service:
    """`{{ n.singular }}` is the only one, and everybody is its owner unless a test says otherwise."""

    @pytest.fixture(autouse=True)
    async def arrange(self, clock: SteppingClock) -> None:
        self.clock = clock
        self.storage = MemoryStorage()
        async with self.storage.unit_of_work() as work:
            self.{{ n.singular }}: {{ n.cls }} = await add_{{ n.singular }}(work, clock.now())
            await work.commit()

    def _service(
        self,
        caller_id: UUID,
        *,
        is_administrator: bool = False,
    ) -> {{ n.cls }}Service:
        caller = Caller(
            user_id=caller_id,
            scopes=frozenset(),
            is_administrator=is_administrator,
        )
        return {{ n.cls }}Service(
            self.storage.{{ n.plural }},
            self.storage.unit_of_work,
            self.clock,
            caller,
        )

{% if r.needed %}
    async def _references(self) -> dict[str, UUID]:
        async with self.storage.unit_of_work() as work:
            references = await add_references(work, self.clock.now())
            await work.commit()
        return references

{% endif %}
    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_owners_act_on_what_is_theirs(self, action: str) -> None:
        service = self._service(self.{{ n.singular }}.owner_id)

        await ABOUT_ONE[action](service, self.{{ n.singular }}.id)

    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_administrators_act_on_everything(self, action: str) -> None:
        service = self._service(uuid4(), is_administrator=True)

        await ABOUT_ONE[action](service, self.{{ n.singular }}.id)

    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_for_a_stranger_it_is_not_there(self, action: str) -> None:
        with pytest.raises(NotFound):
            await ABOUT_ONE[action](self._service(uuid4()), self.{{ n.singular }}.id)

        stored = await self.storage.{{ n.plural }}.get(self.{{ n.singular }}.id)
        assert stored == self.{{ n.singular }}

    async def test_callers_list_what_is_theirs_and_administrators_everything(
        self,
    ) -> None:
        owner = self._service(self.{{ n.singular }}.owner_id)
        administrator = self._service(uuid4(), is_administrator=True)
        stranger = self._service(uuid4())
        query = {{ n.cls }}Query()

        assert (await owner.list_{{ n.plural }}(query)).items == (self.{{ n.singular }},)
        assert (await administrator.list_{{ n.plural }}(query)).items == (self.{{ n.singular }},)
        assert (await stranger.list_{{ n.plural }}(query)).items == ()
{% if r.guarded %}

    async def test_what_it_refers_to_is_the_callers_too(self) -> None:
        references = await self._references()
        service = self._service(uuid4())

        with pytest.raises(Unknown):
            await service.create(new_{{ n.singular }}(**references))
{% endif %}

    async def test_callers_get_answers_with_their_own_keys_only(self) -> None:
        key = IdempotencyKey(id=token_hex(32), fingerprint=token_hex(32))
        ada, bob = (self._service(uuid4(), is_administrator=True) for _ in range(2))

        async def create(service: {{ n.cls }}Service) -> {{ n.cls }}:
{% if r.needed %}
            details = new_{{ n.singular }}(**await self._references())
            return (await service.create(details, key)).result
{% else %}
            return (await service.create(new_{{ n.singular }}(), key)).result
{% endif %}

        first, repeated, of_another = [await create(of) for of in (ada, ada, bob)]

        assert repeated == first
        assert of_another.id != first.id
