"""Reads by id through a cache: entities are loaded once, and invalidated on commit."""

import asyncio
from collections.abc import Awaitable, Callable
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest

from app.core.cache.base import Cache, Lifetimes, Region
from app.core.database.entity_cache import CachedReader
from app.core.database.errors import StorageUnavailable
from app.core.database.sessions import WriteSession
from app.models.user import User, UserChanges, UserQuery
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeUser
from tests.users import delete_user, update_user


class TestEntityCache:
    """`user` is stored; `loads` has the ids that storage was asked for."""

    @pytest.fixture(autouse=True)
    async def arrange(
        self,
        storage: Storage,
        other_storage: Storage,
        cache: Cache,
        make_user: MakeUser,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.monkeypatch = monkeypatch
        self.make_user = make_user
        self.user = make_user()
        self.changed = self.user.changed(
            UserChanges(name="Ada King"),
            at=self.user.created_at,
        )
        self.storage, self.other = storage, other_storage
        self.loads: list[UUID] = []
        await self._add(self.user)
        users = storage.users
        assert isinstance(users, CachedReader)
        self.load: Callable[[UUID], Awaitable[User | None]] = users.load
        monkeypatch.setattr(users, "load", self._load)
        self.storage.entities.enable(cache, Lifetimes(60))

    async def _load(self, entity_id: UUID) -> User | None:
        self.loads.append(entity_id)
        return await self.load(entity_id)

    async def _add(self, *users: User, to: Storage | None = None) -> None:
        async with (to or self.storage).unit_of_work() as work:
            for user in users:
                await work.users.add(user)
            await work.commit()

    async def _change(self) -> None:
        await update_user(self.storage, self.changed)

    async def test_an_entity_is_read_from_storage_once(self) -> None:
        for _ in range(3):
            assert await self.storage.users.get(self.user.id) == self.user

        assert self.loads == [self.user.id]

    async def test_that_there_is_none_is_read_from_storage_once(self) -> None:
        unknown = uuid4()

        for _ in range(3):
            assert await self.storage.users.get(unknown) is None

        assert self.loads == [unknown]

    async def test_nothing_is_kept_unless_the_cache_is_enabled(self) -> None:
        await self.storage.users.get(self.user.id)
        await self.storage.entities.close()

        assert not self.storage.entities.is_enabled
        for _ in range(2):
            assert await self.storage.users.get(self.user.id) == self.user
        assert self.loads == [self.user.id] * 3

    async def test_lists_are_always_read_from_storage(self) -> None:
        await self.storage.users.list(UserQuery())
        other = self.make_user("bob@example.com")
        await self._add(other, to=self.other)

        assert (await self.storage.users.list(UserQuery())).items == (self.user, other)

    async def test_a_change_is_seen_as_soon_as_it_is_committed(self) -> None:
        await self.storage.users.get(self.user.id)

        await self._change()

        assert await self.storage.users.get(self.user.id) == self.changed

    async def test_an_addition_is_seen_by_those_who_found_none(self) -> None:
        other = self.make_user("bob@example.com")
        assert await self.storage.users.get(other.id) is None

        await self._add(other)

        assert await self.storage.users.get(other.id) == other

    async def test_a_change_is_seen_even_if_the_commit_was_not_answered(self) -> None:
        await self.storage.users.get(self.user.id)
        commit = WriteSession.commit

        async def commit_without_answer(session: WriteSession) -> None:
            await commit(session)
            raise StorageUnavailable

        self.monkeypatch.setattr(WriteSession, "commit", commit_without_answer)

        with pytest.raises(StorageUnavailable):
            await self._change()

        assert await self.storage.users.get(self.user.id) == self.changed

    async def test_a_cancelled_commit_still_invalidates_all_it_wrote(self) -> None:
        invalidating, may_end = asyncio.Event(), asyncio.Event()
        invalidated: list[str] = []

        async def forget_slowly(key: str) -> None:
            invalidating.set()
            await may_end.wait()
            invalidated.append(key)

        region = Mock(spec=Region)
        region.forget.side_effect = forget_slowly
        cache = Mock(spec=Cache, **{"region.return_value": region})
        self.storage.entities.enable(cache, Lifetimes(60))
        others = [self.make_user(f"{number}@example.com") for number in range(2)]

        caller = asyncio.create_task(self._add(*others))
        await invalidating.wait()
        caller.cancel()
        await asyncio.wait([caller])
        closing = asyncio.create_task(self.storage.entities.close())
        await asyncio.sleep(0)
        assert not closing.done()
        may_end.set()
        await closing

        assert caller.cancelled()
        assert sorted(invalidated) == sorted(str(user.id) for user in others)

    async def test_an_entity_that_is_deleted_is_read_no_more(self) -> None:
        await self.storage.users.get(self.user.id)

        await delete_user(self.storage, self.user)

        assert await self.storage.users.get(self.user.id) is None

    async def test_a_unit_of_work_without_commit_invalidates_nothing(self) -> None:
        await self.storage.users.get(self.user.id)

        async with self.storage.unit_of_work() as work:
            await work.users.update(self.changed)
            await self.storage.users.get(self.user.id)

        assert self.loads == [self.user.id]

    async def test_units_of_work_read_nothing_from_the_cache(self) -> None:
        await self.storage.users.get(self.user.id)
        await update_user(self.other, self.changed)

        async with self.storage.unit_of_work() as work:
            assert await work.users.get(self.user.id) == self.changed

    async def test_a_value_read_before_a_change_is_not_kept_after_it(self) -> None:
        reading, may_end = asyncio.Event(), asyncio.Event()
        load = self.load

        async def read_slowly(entity_id: UUID) -> User | None:
            user = await load(entity_id)
            reading.set()
            await may_end.wait()
            return user

        self.load = read_slowly
        reader = asyncio.create_task(self.storage.users.get(self.user.id))
        await reading.wait()
        await self._change()
        may_end.set()

        assert await reader == self.user
        assert await self.storage.users.get(self.user.id) == self.changed
