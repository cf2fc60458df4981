"""What happens once, however often it is asked for."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex

import pytest
from pydantic import TypeAdapter

from app.core import cleanup
from app.core.cleanup import keeping_house
from app.core.clock import Clock
from app.core.database.errors import TransactionLost
from app.core.errors import IdempotencyKeyReused
from app.core.idempotency.executor import Once, purge_idempotency_records
from app.core.idempotency.models import KEPT_FOR, IdempotencyKey
from app.models.user import User, UserQuery
from app.repositories.interfaces.storage import Storage, UnitOfWork, UnitOfWorkFactory
from app.repositories.interfaces.users import DuplicateEmail
from tests.conftest import MakeUser, SteppingClock

KEY = IdempotencyKey(id=token_hex(32), fingerprint=token_hex(32))
LATER_KEY = IdempotencyKey(id=token_hex(32), fingerprint=token_hex(32))


class Interrupted(Exception):
    """The process was killed, say."""


class TestOnce:
    """The effect is to store a user, another one each time."""

    @pytest.fixture(autouse=True)
    def arrange(
        self,
        storage: Storage,
        clock: SteppingClock,
        make_user: MakeUser,
    ) -> None:
        self.storage = storage
        self.once = Once(self.storage.unit_of_work, clock, TypeAdapter(User))
        self.make_user = make_user
        self.made: list[User] = []

    async def _effect(self, work: UnitOfWork) -> User:
        user = self.make_user(f"{len(self.made)}@example.com", "Zoë 王")
        self.made.append(user)
        await work.users.add(user)
        return user

    async def _stored(self) -> list[User]:
        return list((await self.storage.users.list(UserQuery())).items)

    async def test_without_a_key_it_happens_each_time(self) -> None:
        answers = [await self.once.run(self._effect, None) for _ in range(2)]

        assert [answer.result for answer in answers] == await self._stored()
        assert not any(answer.replayed for answer in answers)

    async def test_with_a_key_it_happens_once(self) -> None:
        answers = [await self.once.run(self._effect, KEY) for _ in range(3)]

        assert len(self.made) == 1
        assert [answer.result for answer in answers] == self.made * 3
        assert [answer.replayed for answer in answers] == [False, True, True]
        assert await self._stored() == self.made

    async def test_many_at_once_get_the_same_result(self) -> None:
        answers = await asyncio.gather(
            *(self.once.run(self._effect, KEY) for _ in range(50)),
        )

        assert {answer.result for answer in answers} == set(await self._stored())
        assert sum(not answer.replayed for answer in answers) == 1

    async def test_the_key_of_another_request_is_refused(self) -> None:
        await self.once.run(self._effect, KEY)
        other = replace(KEY, fingerprint=token_hex(32))

        with pytest.raises(IdempotencyKeyReused):
            await self.once.run(self._effect, other)

        assert await self._stored() == self.made

    @pytest.mark.parametrize("failure", [Interrupted, DuplicateEmail])
    async def test_what_failed_may_be_tried_again(
        self,
        failure: type[Exception],
    ) -> None:
        async def fail(work: UnitOfWork) -> User:
            await self._effect(work)
            raise failure

        with pytest.raises(failure):
            await self.once.run(fail, KEY)
        answer = await self.once.run(self._effect, KEY)

        assert not answer.replayed
        assert await self._stored() == [answer.result]

    async def test_a_transaction_that_was_lost_is_begun_again(self) -> None:
        losses = iter([TransactionLost("deadlock"), TransactionLost("deadlock"), None])

        async def lose_twice(work: UnitOfWork) -> User:
            loss = next(losses)
            if loss is not None:
                raise loss
            return await self._effect(work)

        answer = await self.once.run(lose_twice, KEY)

        assert await self._stored() == [answer.result]

    async def test_old_records_are_purged(self, clock: SteppingClock) -> None:
        await self.once.run(self._effect, KEY)
        begin = self.storage.unit_of_work

        assert await purge_idempotency_records(begin, clock) == 0
        clock.advance(KEPT_FOR - timedelta(minutes=1))
        assert await purge_idempotency_records(begin, clock) == 0
        clock.advance(timedelta(minutes=2))
        assert await purge_idempotency_records(begin, clock) == 1

        assert not (await self.once.run(self._effect, KEY)).replayed

    async def test_housekeeping_deletes_old_records_and_keeps_new_ones(
        self,
        clock: SteppingClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(cleanup, "FIRST_SECONDS", 0)
        begin, purged = self.storage.unit_of_work, asyncio.Event()

        async def purge(begin: UnitOfWorkFactory, clock: Clock) -> int:
            count = await purge_idempotency_records(begin, clock)
            purged.set()
            return count

        await self.once.run(self._effect, KEY)
        clock.advance(KEPT_FOR)
        await self.once.run(self._effect, LATER_KEY)

        async with keeping_house(begin, clock, [purge]), asyncio.timeout(20):
            await purged.wait()

        async with begin() as work:
            assert await work.idempotency.get_record(KEY.id) is None
            assert await work.idempotency.get_record(LATER_KEY.id) is not None
