"""Which users a caller may see and change, with storage replaced."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from secrets import token_hex
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest

from app.core.database.errors import StorageUnavailable
from app.core.errors import DependencyUnavailable, NotFound
from app.core.events.outbox import Outbox
from app.core.idempotency.models import IdempotencyKey
from app.core.idempotency.repository import IdempotencyRecords
from app.core.security.errors import Forbidden, NotAuthenticated
from app.core.versions import ANY_VERSION
from app.models.caller import Caller
from app.models.user import UserChanges, UserDetails, UserQuery
from app.repositories.interfaces.storage import UnitOfWork
from app.repositories.interfaces.users import (
    DuplicateEmail,
    DuplicateUser,
    UserRepository,
    WritableUserRepository,
)
from app.services.access import GuardedUserService, require_caller, require_owner
from app.services.errors import EmailTaken, UserExists
from app.services.statistics import StatisticsService
from tests.conftest import MakeUser, SteppingClock

ADA = UserDetails(email="ada@example.com", name="Ada")
KEY = IdempotencyKey(id=token_hex(32), fingerprint=token_hex(32))

ABOUT_ONE: dict[str, Callable[[GuardedUserService, UUID], Awaitable[object]]] = {
    "read": lambda service, user_id: service.get_user_details(user_id),
    "change": lambda service, user_id: service.change(
        user_id,
        UserChanges(name="X"),
        ANY_VERSION,
    ),
    "deactivate": lambda service, user_id: service.deactivate(user_id),
}


def test_what_everybody_may_read_is_changed_by_its_owner_and_administrators() -> None:
    owner = Caller(user_id=uuid4(), scopes=frozenset())
    administrator = replace(owner, user_id=uuid4(), is_administrator=True)
    stranger = replace(owner, user_id=uuid4())

    assert require_caller(owner) is owner
    require_owner(owner, owner.user_id)
    require_owner(administrator, owner.user_id)
    with pytest.raises(Forbidden, match="Only the owner"):
        require_owner(stranger, owner.user_id)
    with pytest.raises(NotAuthenticated):
        require_owner(None, owner.user_id)


class TestGuardedUserService:
    """Everybody is the same user, unless a test says otherwise."""

    @pytest.fixture(autouse=True)
    def arrange(self, clock: SteppingClock, make_user: MakeUser) -> None:
        self.clock = clock
        self.user = make_user()
        self.users = Mock(spec=UserRepository)
        self.users.get.return_value = self.user
        self.statistics = Mock(spec=StatisticsService)
        self.work = Mock(spec=UnitOfWork)
        self.work.users = Mock(spec=WritableUserRepository)
        self.work.users.get.return_value = self.user
        self.work.outbox = Mock(spec=Outbox)
        self.work.idempotency = Mock(spec=IdempotencyRecords)
        self.begun = 0

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        self.begun += 1
        yield self.work

    def _service(
        self,
        caller_id: UUID,
        *,
        is_administrator: bool = False,
    ) -> GuardedUserService:
        caller = Caller(
            user_id=caller_id,
            scopes=frozenset(),
            is_administrator=is_administrator,
        )
        return GuardedUserService(
            self.users,
            self._begin,
            self.clock,
            self.statistics,
            caller=caller,
        )

    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_callers_act_on_themselves(self, action: str) -> None:
        service = self._service(self.user.id)

        await ABOUT_ONE[action](service, self.user.id)

    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_administrators_act_on_everybody(self, action: str) -> None:
        service = self._service(uuid4(), is_administrator=True)

        await ABOUT_ONE[action](service, self.user.id)

    @pytest.mark.parametrize("action", ABOUT_ONE)
    async def test_for_a_stranger_storage_is_not_even_asked(self, action: str) -> None:
        service = self._service(uuid4())

        with pytest.raises(NotFound):
            await ABOUT_ONE[action](service, self.user.id)

        self.users.get.assert_not_awaited()
        assert self.begun == 0

    async def test_only_administrators_list_and_count_users(self) -> None:
        administrators = self._service(uuid4(), is_administrator=True)
        await administrators.list_users(UserQuery())
        await administrators.get_statistics()

        others = self._service(self.user.id)
        with pytest.raises(Forbidden):
            await others.list_users(UserQuery())
        with pytest.raises(Forbidden):
            await others.get_statistics()

    async def test_callers_are_registered_under_their_own_id(self) -> None:
        caller_id = uuid4()

        answer = await self._service(caller_id).register(ADA)

        assert answer.result.id == caller_id

    async def test_whom_administrators_register_gets_a_new_id(self) -> None:
        administrator = uuid4()
        service = self._service(administrator, is_administrator=True)

        answers = [await service.register(ADA) for _ in range(2)]

        ids = {administrator, *(answer.result.id for answer in answers)}
        assert len(ids) == 3

    async def test_an_id_that_is_taken_is_the_callers(self) -> None:
        self.work.users.add.side_effect = DuplicateUser

        with pytest.raises(UserExists):
            await self._service(self.user.id).register(ADA)

    @pytest.mark.parametrize(
        ("is_registered", "refusal"),
        [(True, UserExists), (False, EmailTaken)],
    )
    async def test_an_address_that_is_taken_may_be_the_callers_own(
        self,
        is_registered: bool,
        refusal: type[Exception],
    ) -> None:
        self.work.users.add.side_effect = DuplicateEmail
        self.users.get.return_value = self.user if is_registered else None

        with pytest.raises(refusal):
            await self._service(self.user.id).register(ADA)

    async def test_an_address_that_is_taken_is_not_the_administrators(self) -> None:
        self.work.users.add.side_effect = DuplicateEmail
        administrator = self._service(self.user.id, is_administrator=True)

        with pytest.raises(EmailTaken):
            await administrator.register(ADA)

    async def test_whose_address_it_is_can_be_told_only_by_storage(self) -> None:
        self.work.users.add.side_effect = DuplicateEmail
        self.users.get.side_effect = StorageUnavailable

        with pytest.raises(DependencyUnavailable):
            await self._service(self.user.id).register(ADA)

    async def test_callers_get_answers_with_their_own_keys_only(self) -> None:
        ada, bob = uuid4(), uuid4()

        for caller_id in (ada, ada, bob):
            await self._service(caller_id).register(ADA, KEY)

        calls = self.work.idempotency.add.await_args_list
        adas, again, bobs = (call.args[0] for call in calls)
        assert adas.id == again.id
        assert len({adas.id, bobs.id, KEY.id}) == 3
        assert {adas.fingerprint, bobs.fingerprint} == {KEY.fingerprint}
