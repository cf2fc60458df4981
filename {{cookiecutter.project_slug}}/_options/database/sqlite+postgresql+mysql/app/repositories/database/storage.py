"""Connections opened and closed, transactions begun."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial

from sqlalchemy import select

from app.core.database.budget import Budget
from app.core.database.driver import open_engines
from app.core.database.engines import Engines
from app.core.database.error_translation import translated_errors
from app.core.database.errors import StorageUnavailable
from app.core.database.outbox import SqlOutboxQueue
from app.core.database.pool import Connection, Pool
from app.core.database.sessions import ReadSession, WriteSession
from app.core.database.settings import DatabaseSettings
from app.core.database.storage import PoolUsage
from app.core.deadline import no_deadline
from app.core.observability.health_checks import Check
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import SqlAccountRepository
#% endif
from app.repositories.database.registration_counts import SqlRegistrationCounts
from app.repositories.database.tables import users
from app.repositories.database.unit_of_work import SqlUnitOfWork
from app.repositories.database.users import SqlUserRepository
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork

_ANY_USER = select(users.c.id).limit(1)


class SqlStorage(Storage):
    """The database, behind a pool of connections."""

    def __init__(self, engines: Engines, deadline: float) -> None:
        self._engines = engines
        self._deadline = deadline
        reads = ReadSession(engines.reads, deadline)
        primary = ReadSession(engines.primary, deadline)
        self.users = SqlUserRepository(reads)
        self.outbox = SqlOutboxQueue(primary, self._transaction)
        self.registrations = SqlRegistrationCounts(reads)
#% if cookiecutter.auth == "jwt"
        self.accounts = SqlAccountRepository(primary)
#% endif

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._transaction() as session:
            work = SqlUnitOfWork(session)
            yield work
        if work.outbox.added:
            self.outbox.arrivals.set()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[WriteSession]:
        budget = Budget(self._deadline)
        async with budget.spend():
            connection = await self._engines.writes.take()
        try:
            yield WriteSession(connection, budget.left)
        finally:
            await self._end(connection)

    async def ping(self) -> None:
        for check in self.checks().values():
            await check()

    def checks(self) -> Mapping[str, Check]:
        servers = self._engines.servers
        return {name: partial(self._ask, pool) for name, pool in servers.items()}

    def pool_usage(self) -> PoolUsage:
        usages = [pool.usage for pool in self._engines.pools]
        return PoolUsage(
            open=sum(usage.open for usage in usages),
            in_use=sum(usage.in_use for usage in usages),
            waiting=sum(usage.waiting for usage in usages),
        )

    async def _ask(self, pool: Pool) -> None:
        """Read from a table: whoever is let in, but can't do that, is of no use."""
        await ReadSession(pool, self._deadline).rows(_ANY_USER)

    async def _end(self, connection: Connection) -> None:
        """Undo what is not committed, however little time is left to the caller.

        If that fails the connection is closed, and the database undoes it.
        """
        with no_deadline(), suppress(StorageUnavailable):
            async with translated_errors(self._deadline):
                await self._engines.writes.give_back(connection)


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with open_engines(settings) as engines:
        yield SqlStorage(engines, settings.deadline)
