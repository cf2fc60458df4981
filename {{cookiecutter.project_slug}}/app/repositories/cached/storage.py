"""Storage whose reads by id go through a cache."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from app.core.cache.base import Cache, Lifetimes
from app.core.database.storage import PoolUsage
from app.core.observability.health_checks import Check
from app.repositories.cached.kept import Kept
from app.repositories.cached.unit_of_work import CachedUnitOfWork
from app.repositories.cached.users import CachedUserRepository
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork


class CachedStorage(Storage):
    """Decorates any storage; units of work see only what storage itself holds."""

    def __init__(self, storage: Storage, cache: Cache, lifetimes: Lifetimes) -> None:
        self._storage = storage
        self._kept = Kept(cache, lifetimes)
        self.users = CachedUserRepository(storage.users, self._kept.users)
        self.outbox = storage.outbox
        self.registrations = storage.registrations
#% if cookiecutter.auth == "jwt"
        self.accounts = storage.accounts
#% endif

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._storage.unit_of_work() as work:
            yield CachedUnitOfWork(work, self._kept)

    async def ping(self) -> None:
        await self._storage.ping()

    def checks(self) -> Mapping[str, Check]:
        return self._storage.checks()

    def pool_usage(self) -> PoolUsage:
        return self._storage.pool_usage()

    async def close(self) -> None:
        """Wait for what is being forgotten, before the cache is closed."""
        await self._kept.close()
