"""Connections opened and closed, transactions begun and ended."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.read_preferences import ReadPreference

from app.core.checks import Check
from app.core.database import DatabaseSettings
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import MongoAccountRepository
#% endif
from app.repositories.database.client import Client, open_client, require_transactions
from app.repositories.database.errors import translated_errors
from app.repositories.database.monitoring import CountedConnections, listeners
from app.repositories.database.outbox import MongoOutboxQueue
from app.repositories.database.registration_counts import MongoRegistrationCounts
from app.repositories.database.schema import USERS
from app.repositories.database.sessions import (
    DirectSession,
    ReadSession,
    WriteSession,
)
from app.repositories.database.turns import Turns
from app.repositories.database.unit_of_work import MongoUnitOfWork
from app.repositories.database.users import MongoUserRepository
from app.repositories.interfaces.errors import StorageUnavailable
from app.repositories.interfaces.storage import PoolUsage, Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork


class MongoStorage(Storage):
    """One database, behind a pool of connections."""

    def __init__(
        self,
        client: Client,
        settings: DatabaseSettings,
        connections: CountedConnections,
        replica: Client | None = None,
    ) -> None:
        self._client = client
        self._connections = connections
        self._database = client[settings.name]
        self._deadline = settings.deadline
        primary = self._database.with_options(read_preference=ReadPreference.PRIMARY)
        self._primary = ReadSession(primary, self._deadline)
        self._replica = _replica(replica or client, settings)
        reads = self._replica or self._primary
        self.users = MongoUserRepository(reads)
        self.outbox = MongoOutboxQueue(DirectSession(self._database, self._deadline))
        self.registrations = MongoRegistrationCounts(reads)
#% if cookiecutter.auth == "jwt"
        self.accounts = MongoAccountRepository(self._primary)
#% endif
        self._turns = Turns()
        self._endings: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._turns.taken() as wait:
            session = self._client.start_session()
            transaction = WriteSession(self._database, session, self._deadline, wait)
            await transaction.begin()
            patient = True
            try:
                work = MongoUnitOfWork(transaction)
                yield work
            except StorageUnavailable:
                patient = False  # whoever waits for the answer has waited long enough
                raise
            finally:
                ending = self._end(session)
                if patient:
                    await asyncio.shield(ending)
        if work.outbox.added:
            self.outbox.arrivals.set()

    async def ping(self) -> None:
        for check in self.checks().values():
            await check()

    def checks(self) -> Mapping[str, Check]:
        checks: dict[str, Check] = {"database": self._ask_primary}
        if self._replica is not None:
            checks["database_replica"] = partial(_ask, self._replica)
        return checks

    def pool_usage(self) -> PoolUsage:
        return self._connections.usage

    async def _ask_primary(self) -> None:
        async with translated_errors(self._deadline):
            await require_transactions(self._client)
        await _ask(self._primary)

    async def close(self) -> None:
        """Wait for transactions that are being undone."""
        await asyncio.gather(*self._endings)

    def _end(self, session: AsyncClientSession) -> asyncio.Task[None]:
        """Undo what is not committed, even if the task that began it is cancelled.

        Otherwise the server would hold what was written locked until it ends the transaction
        itself, by default after a minute.
        """
        ending = asyncio.create_task(session.end_session())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return ending


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with AsyncExitStack() as stack:
        connections = CountedConnections()
        who_listen = listeners(connections)
        primary = open_client(settings, settings.deadline, who_listen)
        client = await stack.enter_async_context(primary)
        replica = None
        if settings.for_reads is not None:
            reads = open_client(settings.for_reads, settings.deadline, who_listen)
            replica = await stack.enter_async_context(reads)
        storage = MongoStorage(client, settings, connections, replica)
        stack.push_async_callback(storage.close)
        yield storage


def _replica(client: Client, settings: DatabaseSettings) -> ReadSession | None:
    """Return where reads go if that may lag: another database, or members of this one."""
    if not settings.reads_may_lag:
        return None
    name = (settings.for_reads or settings).name
    return ReadSession(client[name], settings.deadline)


async def _ask(session: ReadSession) -> None:
    """Return if a database answers, and lets us read."""
    await session.find(USERS, {}, limit=1)
