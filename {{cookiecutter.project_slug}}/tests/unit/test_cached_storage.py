"""Storage behind a cache: what is read from where, and what is forgotten when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import get_type_hints
from unittest.mock import Mock
from uuid import uuid4

import pytest

from app.core.cache.base import Cache, Lifetimes, Region
from app.core.database.errors import StorageUnavailable
from app.core.pagination import Page
from app.models.user import User, UserChanges, UserQuery
from app.repositories.cached import CachedStorage
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork
from app.repositories.interfaces.users import UserRepository, WritableUserRepository
from tests.conftest import MakeUser, SteppingClock


class TestCachedStorage:
    """What storage holds is `stored`; `inner` counts how often it is asked."""

    @pytest.fixture(autouse=True)
    def arrange(
        self,
        cache: Cache,
        make_user: MakeUser,
        clock: SteppingClock,
    ) -> None:
        self.make_user = make_user
        self.user = make_user()
        self.changed = self.user.changed(UserChanges(name="Ada King"), at=clock.now())
        self.stored: User | None = self.user
        self.work = Mock(spec=UnitOfWork, **dict.fromkeys(get_type_hints(UnitOfWork)))
        self.work.users = Mock(spec=WritableUserRepository)
        self.work.commit.side_effect = self._commit
        self.inner = Mock(spec=Storage, **dict.fromkeys(get_type_hints(Storage)))
        self.inner.users = Mock(spec=UserRepository)
        self.inner.users.get_user.side_effect = self._read
        self.inner.unit_of_work = self._begin
        self.storage = CachedStorage(self.inner, cache, Lifetimes(60))

    async def _read(self, user_id: object) -> User | None:
        return self.stored

    async def _commit(self) -> None:
        self.stored = self.changed

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    async def _change(self) -> None:
        async with self.storage.unit_of_work() as work:
            await work.users.update(self.changed)
            await work.commit()

    async def test_a_user_is_read_from_storage_once(self) -> None:
        for _ in range(3):
            assert await self.storage.users.get_user(self.user.id) == self.user

        self.inner.users.get_user.assert_awaited_once_with(self.user.id)

    async def test_that_there_is_nobody_is_read_from_storage_once(self) -> None:
        self.stored = None
        nobody = uuid4()

        for _ in range(3):
            assert await self.storage.users.get_user(nobody) is None

        self.inner.users.get_user.assert_awaited_once_with(nobody)

    async def test_lists_are_always_read_from_storage(self) -> None:
        page = Page(items=(self.user,), next=None)
        self.inner.users.list_users.return_value = page

        for _ in range(2):
            assert await self.storage.users.list_users(UserQuery()) is page

        assert self.inner.users.list_users.await_count == 2

    async def test_a_change_is_seen_as_soon_as_it_is_committed(self) -> None:
        await self.storage.users.get_user(self.user.id)

        await self._change()

        assert await self.storage.users.get_user(self.user.id) == self.changed

    async def test_a_registration_is_seen_by_those_who_found_nobody(self) -> None:
        self.stored = None
        assert await self.storage.users.get_user(self.changed.id) is None

        async with self.storage.unit_of_work() as work:
            await work.users.add(self.changed)
            await work.commit()

        assert await self.storage.users.get_user(self.changed.id) == self.changed

    async def test_a_change_is_seen_even_if_nobody_knows_that_it_was_committed(
        self,
    ) -> None:
        async def commit_without_an_answer() -> None:
            await self._commit()
            raise StorageUnavailable

        self.work.commit.side_effect = commit_without_an_answer
        await self.storage.users.get_user(self.user.id)

        with pytest.raises(StorageUnavailable):
            await self._change()

        assert await self.storage.users.get_user(self.user.id) == self.changed

    async def test_all_that_was_committed_is_forgotten_even_for_who_is_cancelled(
        self,
    ) -> None:
        forgetting, may_end = asyncio.Event(), asyncio.Event()
        forgotten: list[str] = []

        async def forget_slowly(key: str) -> None:
            forgetting.set()
            await may_end.wait()
            forgotten.append(key)

        region = Mock(spec=Region)
        region.forget.side_effect = forget_slowly
        cache = Mock(spec=Cache, **{"region.return_value": region})
        self.storage = CachedStorage(self.inner, cache, Lifetimes(60))
        others = [self.make_user(f"{number}@example.com") for number in range(2)]

        async def register() -> None:
            async with self.storage.unit_of_work() as work:
                for user in others:
                    await work.users.add(user)
                await work.commit()

        caller = asyncio.create_task(register())
        await forgetting.wait()
        caller.cancel()
        await asyncio.wait([caller])
        may_end.set()
        await self.storage.close()

        assert caller.cancelled()
        assert sorted(forgotten) == sorted(str(user.id) for user in others)

    async def test_what_is_not_committed_forgets_nothing(self) -> None:
        await self.storage.users.get_user(self.user.id)

        async with self.storage.unit_of_work() as work:
            await work.users.update(self.changed)
            await self.storage.users.get_user(self.user.id)

        self.inner.users.get_user.assert_awaited_once_with(self.user.id)

    async def test_units_of_work_read_nothing_from_the_cache(self) -> None:
        await self.storage.users.get_user(self.user.id)
        self.work.users.get_user.return_value = self.changed

        async with self.storage.unit_of_work() as work:
            assert await work.users.get_user(self.user.id) is self.changed

    async def test_what_was_read_before_a_change_is_not_kept_after_it(self) -> None:
        reading, may_end = asyncio.Event(), asyncio.Event()

        async def read_slowly(user_id: object) -> User | None:
            user = self.stored
            reading.set()
            await may_end.wait()
            return user

        self.inner.users.get_user.side_effect = read_slowly
        reader = asyncio.create_task(self.storage.users.get_user(self.user.id))
        await reading.wait()
        await self._change()
        may_end.set()

        assert await reader == self.user
        assert await self.storage.users.get_user(self.user.id) == self.changed

    async def test_it_answers_when_storage_does(self) -> None:
        await self.storage.ping()
        self.inner.ping.side_effect = StorageUnavailable

        with pytest.raises(StorageUnavailable):
            await self.storage.ping()
