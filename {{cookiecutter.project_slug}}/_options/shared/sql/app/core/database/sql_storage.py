"""Storage in a database of tables: connections opened and closed, transactions begun."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from sqlalchemy import select

from app.core.database.budget import Budget
from app.core.database.engines import Engines
from app.core.database.entity_cache import EntityCache, PendingInvalidations
from app.core.database.entity_table import EntityTable
from app.core.database.error_translation import translated_errors
from app.core.database.errors import (
    ConstraintErrors,
    DuplicateKey,
    StorageUnavailable,
)
from app.core.database.idempotency import SqlIdempotencyRecords
from app.core.database.outbox import SqlInbox, SqlOutbox, SqlOutboxQueue
from app.core.database.pool import Connection, Pool
from app.core.database.sessions import ReadSession, WriteSession
from app.core.database.storage import PoolUsage, Storage
from app.core.database.tables import outbox
from app.core.database.unit_of_work import UnitOfWork, Work
from app.core.deadline import no_deadline
from app.core.observability.health_checks import Check
from app.core.observability.instrumentation import measured

_ANY_ROW = select(outbox.c.id).limit(1)

_CONSTRAINTS: ConstraintErrors = {"pk_idempotency_keys": DuplicateKey}


@measured("repository")
class SqlUnitOfWork(UnitOfWork):
    """One transaction, with a connection of its own; a service adds its repositories."""

    def __init__(self, session: WriteSession, pending: PendingInvalidations) -> None:
        self._session = session
        self._pending = pending
        self.idempotency = SqlIdempotencyRecords(session)
        self.outbox = SqlOutbox(session)
        self.inbox = SqlInbox(session)

    async def commit(self) -> None:
        try:
            await self._session.commit()
        finally:
            # Also after an error: the database may have committed without being able to say so.
            await self._pending.apply()


class SqlStorage(Storage[Work]):
    """The database, behind a pool of connections; a service adds its repositories.

    - `begin` makes a unit of work of a session.
    - `resources` are cached by id; the violation of their constraints becomes their own errors.
    - `reads` may lag behind, `primary` does not.
    """

    def __init__(
        self,
        engines: Engines,
        deadline: float,
        *,
        begin: Callable[[WriteSession, PendingInvalidations], Work],
        resources: Sequence[EntityTable[Any]],
    ) -> None:
        self._engines = engines
        self._deadline = deadline
        self._begin = begin
        self._constraints = dict(_CONSTRAINTS)
        for resource in resources:
            self._constraints.update(resource.constraints)
        self.entities = EntityCache(resources)
        self.reads = ReadSession(engines.reads, deadline)
        self.primary = ReadSession(engines.primary, deadline)
        self.outbox = SqlOutboxQueue(self.primary, self._transaction)

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[Work]:
        """Begin a transaction; leaving it without `commit` undoes all that it wrote."""
        async with self._transaction() as session:
            work = self._begin(session, self.entities.pending())
            yield work
        if work.outbox.added:
            self.outbox.arrivals.set()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[WriteSession]:
        budget = Budget(self._deadline)
        async with budget.spend():
            connection = await self._engines.writes.take()
        try:
            yield WriteSession(connection, budget.left, self._constraints)
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
        await ReadSession(pool, self._deadline).rows(_ANY_ROW)

    async def _end(self, connection: Connection) -> None:
        """Undo what is not committed, however little time is left to the caller.

        If that fails the connection is closed, and the database undoes it.
        """
        with no_deadline(), suppress(StorageUnavailable):
            async with translated_errors(self._deadline):
                await self._engines.writes.give_back(connection)
