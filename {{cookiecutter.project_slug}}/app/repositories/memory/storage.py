"""Storage and transactions in memory."""

from asyncio import Lock
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from app.models.user import User
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork
from app.repositories.interfaces.users import UserRepository, WritableUserRepository
from app.repositories.memory.users import (
    MemoryUserRepository,
    WritableMemoryUserRepository,
)


class MemoryUnitOfWork(UnitOfWork):
    """Works on a copy of the rows, which replaces them on commit."""

    def __init__(self, committed: dict[UUID, User]) -> None:
        self._committed = committed
        self._working = dict(committed)
        self._users = WritableMemoryUserRepository(self._working)

    @property
    def users(self) -> WritableUserRepository:
        return self._users

    async def commit(self) -> None:
        self._committed.clear()
        self._committed.update(self._working)


class MemoryStorage(Storage):
    """Keeps everything in dictionaries; units of work happen one after another."""

    def __init__(self) -> None:
        self._rows: dict[UUID, User] = {}
        self._users = MemoryUserRepository(self._rows)
        self._one_writer = Lock()

    @property
    def users(self) -> UserRepository:
        return self._users

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._one_writer:
            yield MemoryUnitOfWork(self._rows)

    async def ping(self) -> None:
        return None
