"""Connections opened and closed, transactions begun and ended."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from pymongo.read_preferences import ReadPreference

from app.core.database.client import CLOSE_SECONDS, require_transactions
from app.core.database.errors import StorageUnavailable
from app.core.database.link import Link, open_link
from app.core.database.named_locks import Turns
from app.core.database.outbox import MongoOutboxQueue
from app.core.database.sessions import DirectSession, ReadSession, WriteSession
from app.core.database.settings import DatabaseSettings
from app.core.database.storage import PoolUsage
from app.core.observability.health_checks import Check
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import MongoAccountRepository
#% endif
from app.repositories.database.registration_counts import MongoRegistrationCounts
from app.repositories.database.schema import USERS
from app.repositories.database.unit_of_work import MongoUnitOfWork
from app.repositories.database.users import MongoUserRepository
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork


class MongoStorage(Storage):
    """One database, behind a pool of connections."""

    def __init__(
        self,
        link: Link,
        settings: DatabaseSettings,
        replica: Link | None = None,
    ) -> None:
        self._link = link
        self._links = [link] if replica is None else [link, replica]
        self._deadline = settings.deadline
        primary = link.database.with_options(read_preference=ReadPreference.PRIMARY)
        self._primary = ReadSession(primary, self._deadline, link.calls())
        link.lend(self._primary)
        self._replica = _replica(replica or link, settings)
        reads = self._replica or self._primary
        direct = DirectSession(link.database, self._deadline, link.calls())
        link.lend(direct)
        self.users = MongoUserRepository(reads)
        self.outbox = MongoOutboxQueue(direct)
        self.registrations = MongoRegistrationCounts(reads)
#% if cookiecutter.auth == "jwt"
        self.accounts = MongoAccountRepository(self._primary)
#% endif
        self._turns = Turns()
        self._endings: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._turns.taken() as wait:
            transaction = WriteSession(
                self._link.database,
                self._link.client.start_session(),
                self._deadline,
                wait,
                self._link.calls(),
            )
            await transaction.begin()
            patient = True
            try:
                work = MongoUnitOfWork(transaction)
                yield work
            except (StorageUnavailable, asyncio.CancelledError):
                patient = False  # whoever waits for the answer has waited long enough
                raise
            finally:
                ending = self._end(transaction)
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
        usages = [link.usage for link in self._links]
        return PoolUsage(
            open=sum(usage.open for usage in usages),
            in_use=sum(usage.in_use for usage in usages),
            waiting=sum(usage.waiting for usage in usages),
        )

    async def _ask_primary(self) -> None:
        asking = require_transactions(self._link.client)
        await self._link.calls().run(asking, self._deadline)
        await _ask(self._primary)

    async def close(self) -> None:
        """Wait for transactions that are being undone, but not for ever."""
        if self._endings:
            await asyncio.wait(self._endings, timeout=CLOSE_SECONDS)

    def _end(self, transaction: WriteSession) -> asyncio.Task[None]:
        """Undo what is not committed, even if the task that began it is cancelled.

        Otherwise the server would hold what was written locked until it ends the transaction
        itself, by default after a minute.
        """
        ending = asyncio.create_task(transaction.end())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return ending


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with AsyncExitStack() as stack:
        link = await stack.enter_async_context(open_link(settings))
        replica = None
        if settings.for_reads is not None:
            reads = open_link(settings.for_reads)
            replica = await stack.enter_async_context(reads)
        storage = MongoStorage(link, settings, replica)
        stack.push_async_callback(storage.close)
        yield storage


def _replica(link: Link, settings: DatabaseSettings) -> ReadSession | None:
    """Return where reads go if that may lag: another database, or members of this one."""
    if not settings.reads_may_lag:
        return None
    session = ReadSession(link.database, settings.deadline, link.calls())
    link.lend(session)
    return session


async def _ask(session: ReadSession) -> None:
    """Return if a database answers, and lets us read."""
    await session.find(USERS, {}, limit=1)
