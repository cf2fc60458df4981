"""Storage in a database of documents: connections opened, transactions begun and ended."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from pymongo.read_preferences import ReadPreference

from app.core.database.client import CLOSE_SECONDS, require_transactions
from app.core.database.collections import OUTBOX
from app.core.database.entity_cache import EntityCache, PendingInvalidations
from app.core.database.entity_collection import EntityCollection
from app.core.database.errors import (
    ConstraintErrors,
    DuplicateKey,
    StorageUnavailable,
)
from app.core.database.idempotency import MongoIdempotencyRecords
from app.core.database.link import Link, open_link
from app.core.database.named_locks import Turns
from app.core.database.outbox import MongoInbox, MongoOutbox, MongoOutboxQueue
from app.core.database.sessions import DirectSession, ReadSession, WriteSession
from app.core.database.settings import DatabaseSettings
from app.core.database.storage import PoolUsage, Storage
from app.core.database.unit_of_work import UnitOfWork, Work
from app.core.observability.health_checks import Check
from app.core.observability.instrumentation import measured

_CONSTRAINTS: ConstraintErrors = {"idempotency_keys._id_": DuplicateKey}


@dataclass(frozen=True, slots=True)
class Links:
    """Ways to the primary and, if reads go elsewhere, to a replica."""

    primary: Link
    replica: Link | None = None

    @property
    def all(self) -> list[Link]:
        """All of them."""
        return [self.primary, *([self.replica] if self.replica else [])]


@measured("repository")
class MongoUnitOfWork(UnitOfWork):
    """One transaction, with a session of its own; a service adds its repositories."""

    def __init__(self, session: WriteSession, pending: PendingInvalidations) -> None:
        self._session = session
        self._pending = pending
        self.idempotency = MongoIdempotencyRecords(session)
        self.outbox = MongoOutbox(session)
        self.inbox = MongoInbox(session)

    async def commit(self) -> None:
        try:
            await self._session.commit()
        finally:
            # Also after an error: the database may have committed without being able to say so.
            await self._pending.apply()


class MongoStorage(Storage[Work]):
    """One database, behind a pool of connections; a service adds its repositories.

    - `begin` makes a unit of work of a session.
    - `resources` are cached by id; the violation of their indexes becomes their own errors.
    - `reads` may lag behind, `primary` does not.
    """

    def __init__(
        self,
        links: Links,
        settings: DatabaseSettings,
        *,
        begin: Callable[[WriteSession, PendingInvalidations], Work],
        resources: Sequence[EntityCollection[Any]],
    ) -> None:
        self._links = links
        self._link = link = links.primary
        self._deadline = settings.deadline
        self._begin = begin
        self._constraints = dict(_CONSTRAINTS)
        for resource in resources:
            self._constraints.update(resource.constraints)
        self.entities = EntityCache(resources)
        primary = link.database.with_options(read_preference=ReadPreference.PRIMARY)
        self.primary = ReadSession(primary, self._deadline, link.calls())
        link.lend(self.primary)
        self._replica = _replica(links.replica or link, settings)
        self.reads = self._replica or self.primary
        direct = DirectSession(link.database, self._deadline, link.calls())
        link.lend(direct)
        self.outbox = MongoOutboxQueue(direct)
        self._turns = Turns()
        self._endings: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[Work]:
        """Begin a transaction; leaving it without `commit` undoes all that it wrote."""
        async with self._turns.taken() as wait:
            transaction = WriteSession(
                self._link.database,
                self._link.client.start_session(),
                self._deadline,
                wait,
                self._link.calls(),
                constraints=self._constraints,
            )
            await transaction.begin()
            patient = True
            try:
                work = self._begin(transaction, self.entities.pending())
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
        usages = [link.usage for link in self._links.all]
        return PoolUsage(
            open=sum(usage.open for usage in usages),
            in_use=sum(usage.in_use for usage in usages),
            waiting=sum(usage.waiting for usage in usages),
        )

    async def _ask_primary(self) -> None:
        asking = require_transactions(self._link.client)
        await self._link.calls().run(asking, self._deadline)
        await _ask(self.primary)

    async def aclose(self) -> None:
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
async def open_links(settings: DatabaseSettings) -> AsyncIterator[Links]:
    """Open the ways to the database; the first connection is made when it is first needed."""
    async with AsyncExitStack() as stack:
        primary = await stack.enter_async_context(open_link(settings))
        replica = None
        if settings.for_reads is not None:
            reads = open_link(settings.for_reads)
            replica = await stack.enter_async_context(reads)
        yield Links(primary, replica)


def _replica(link: Link, settings: DatabaseSettings) -> ReadSession | None:
    """Return where reads go if that may lag: another database, or members of this one."""
    if not settings.reads_may_lag:
        return None
    session = ReadSession(link.database, settings.deadline, link.calls())
    link.lend(session)
    return session


async def _ask(session: ReadSession) -> None:
    """Return if a database answers, and lets us read."""
    await session.find(OUTBOX, {}, limit=1)
