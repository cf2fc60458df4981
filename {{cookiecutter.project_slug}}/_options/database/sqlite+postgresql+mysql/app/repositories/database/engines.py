"""Ways into the database: pools of connections, each with a queue that is fair."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.pool import PoolSettings
from app.repositories.interfaces.errors import StorageUnavailable
from app.repositories.interfaces.storage import PoolUsage


class Turns:
    """Lets as many have a connection as there are, first come, first served.

    SQLAlchemy's own queue gives what comes back to whoever asks next, be others waiting or
    not: under load most wait for a moment, and a few until they are out of time.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self._free = asyncio.Semaphore(settings.size + settings.overflow)
        self._wait = settings.wait
        self.waiting = 0

    async def take(self) -> None:
        """Wait for a turn.

        Raises:
            StorageUnavailable: it did not come within the time that is set.
        """
        if not self._free.locked():
            await self._free.acquire()
            return
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        except TimeoutError:
            raise StorageUnavailable("no connection was free in time") from None
        finally:
            self.waiting -= 1

    def give_back(self) -> None:
        """Let the next one have its turn."""
        self._free.release()


class Pool:
    """Connections of one engine, handed out in the order in which they were asked for.

    Pools that share their engine's connections share their `turns`.
    """

    def __init__(self, engine: AsyncEngine, turns: Turns) -> None:
        self.engine = engine
        self.turns = turns

    @property
    def connections(self) -> QueuePool:
        """SQLAlchemy's own pool."""
        return cast("QueuePool", self.engine.pool)

    @property
    def usage(self) -> PoolUsage:
        """How connections are used at the moment."""
        in_use = self.connections.checkedout()
        return PoolUsage(
            open=in_use + self.connections.checkedin(),
            in_use=in_use,
            waiting=self.turns.waiting,
        )

    async def take(self) -> AsyncConnection:
        """Return a connection, which has to be given back.

        Raises:
            StorageUnavailable: none was free in time.
            sqlalchemy.exc.DBAPIError: a new one can't be made.
        """
        await self.turns.take()
        try:
            return await self.engine.connect()
        except BaseException:
            self.turns.give_back()
            raise

    async def give_back(self, connection: AsyncConnection) -> None:
        """Undo what is not committed, and let others have the connection."""
        try:
            await connection.close()
        finally:
            self.turns.give_back()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """Have a connection for as long as the body runs."""
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give_back(connection)


@dataclass(frozen=True, slots=True)
class Engines:
    """Where reads go, each statement on its own, and where transactions go.

    `primary` is for reads that must not lag behind; it is `reads` if there is no replica.
    """

    reads: Pool
    writes: Pool
    primary: Pool

    @property
    def servers(self) -> Mapping[str, Pool]:
        """A way to each server, by what it is called."""
        if self.reads is self.primary:
            return {"database": self.primary}
        return {"database": self.primary, "database_replica": self.reads}

    @property
    def pools(self) -> list[Pool]:
        """All pools, each once: options of an engine use the connections of the engine."""
        all_ways = (self.writes, self.reads, self.primary)
        return list({id(pool.connections): pool for pool in all_ways}.values())
