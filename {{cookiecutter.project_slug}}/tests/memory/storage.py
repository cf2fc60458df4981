"""Storage in memory, and transactions on it."""

from asyncio import Lock
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.database.entity_cache import EntityCache, PendingInvalidations
from app.core.observability.instrumentation import measured
from app.models.statistics import UserCounts
from app.models.user import User
from app.repositories.database.storage import RESOURCES
from app.repositories.database.users import USERS
from app.repositories.interfaces.storage import Storage, UnitOfWork
from app.repositories.interfaces.users import UserRepository, WritableUserRepository
#% if cookiecutter.auth == "jwt"
from tests.memory.accounts import (
    MemoryAccountRepository,
    WritableMemoryAccountRepository,
)
#% endif
from tests.memory.idempotency import MemoryIdempotencyRecords
from tests.memory.outbox import MemoryInbox, MemoryOutbox, MemoryOutboxQueue
from tests.memory.registration_counts import (
    MemoryRegistrationCounts,
    WritableMemoryRegistrationCounts,
)
from tests.memory.repository import MemoryReader, MemoryRepository
from tests.memory.rows import Rows


class MemoryUserRepository(MemoryReader[User], UserRepository):
    """Reads users, and counts them."""

    async def count_users(self) -> UserCounts:
        active = sum(user.is_active for user in self._rows.values())
        return UserCounts(total=len(self._rows), active=active)


class WritableMemoryUserRepository(
    MemoryRepository[User],
    MemoryUserRepository,
    WritableUserRepository,
):
    """Reads and writes users."""


class MemoryStorage(Storage):
    """Keeps everything in dictionaries; units of work happen one after another.

    It has every resource of the service: those without queries of their own are generic.
    """

    users: MemoryUserRepository

    def __init__(self) -> None:
        self.rows = Rows()
        self.entities = EntityCache(RESOURCES)
        self._one_writer = Lock()
        for resource in RESOURCES:
            rows = self.rows.entities[resource.name]
            setattr(self, resource.name, MemoryReader(resource, rows, self.entities))
        self.users = MemoryUserRepository(USERS, self.rows.users, self.entities)
        self.outbox = MemoryOutboxQueue(self.rows, self._one_writer)
        self.registrations = MemoryRegistrationCounts(self.rows.registrations)
#% if cookiecutter.auth == "jwt"
        self.accounts = MemoryAccountRepository(self.rows)
#% endif

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._one_writer:
            work = MemoryUnitOfWork(self.rows, self.entities.pending())
            yield work
        if work.outbox.added:
            self.outbox.arrivals.set()

    async def ping(self) -> None:
        return None


@measured("repository")
class MemoryUnitOfWork(UnitOfWork):
    """Works on a copy of the rows, which they become on commit."""

    def __init__(self, committed: Rows, pending: PendingInvalidations) -> None:
        self._committed = committed
        self._pending = pending
        self._working = working = committed.copy()
        for resource in RESOURCES:
            rows = working.entities[resource.name]
            setattr(self, resource.name, MemoryRepository(resource, rows, pending))
        self.users = WritableMemoryUserRepository(USERS, working.users, pending)
        self.idempotency = MemoryIdempotencyRecords(working.idempotency_keys)
        self.outbox = MemoryOutbox(working.outbox)
        self.inbox = MemoryInbox(working.inbox)
        self.registrations = WritableMemoryRegistrationCounts(working.registrations)
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableMemoryAccountRepository(working)
#% endif

    async def commit(self) -> None:
        try:
            self._committed.become(self._working)
        finally:
            await self._pending.apply()
