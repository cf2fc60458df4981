"""Connections to PostgreSQL, with a queue that is fair."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from app.core.pool import PoolSettings
from app.repositories.database.connection import Connection
from app.repositories.database.turns import Turns
from app.repositories.interfaces.storage import PoolUsage

__all__ = ["Connection", "Pool"]

IDLE_SECONDS = 10
"""How long a connection that is one too many is kept: load comes in waves."""


class Pool:
    """Hands out connections in the order in which they were asked for.

    Nothing but a transaction is left on a connection, and that is undone. So what comes back
    costs no round trip, as it does with the driver's own pool.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        settings: PoolSettings,
    ) -> None:
        self.connections: deque[Connection] = deque()
        self._connect = connect
        self._settings = settings
        self._turns = Turns(settings)
        self._in_use = 0
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def usage(self) -> PoolUsage:
        """How connections are used at the moment."""
        return PoolUsage(
            open=self._in_use + len(self.connections),
            in_use=self._in_use,
            waiting=self._turns.waiting,
        )

    async def take(self) -> Connection:
        """Return a connection, which has to be given back.

        Raises:
            StorageUnavailable: none was free in time.
            OSError: a new one can't be made.
            asyncpg.PostgresError: the server does not let us in.
        """
        await self._turns.take()
        try:
            connection = self._free() or await self._connect()
        except BaseException:
            self._turns.give_back()
            raise
        self._in_use += 1
        return connection

    async def give_back(self, connection: Connection) -> None:
        """Undo what is not committed, and let others have the connection."""
        try:
            if connection.is_fit and connection.is_in_transaction():
                await connection.write("ROLLBACK")
        finally:
            self._in_use -= 1
            if connection.is_fit:
                self._keep(connection)
            else:
                self._dismiss(connection)
            self._turns.give_back()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """Have a connection for as long as the body runs."""
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def close(self) -> None:
        """Close all connections that are free, and wait for those that are closing."""
        while self.connections:
            self._dismiss(self.connections.pop())
        if self._leaving:
            await asyncio.wait(self._leaving)

    def _free(self) -> Connection | None:
        """Return a connection that is free, open, and not too old: the one used last."""
        oldest = time.monotonic() - self._settings.recycle
        while self.connections:
            connection = self.connections.pop()
            if connection.is_fit and connection.made_at > oldest:
                return connection
            self._dismiss(connection)
        return None

    def _keep(self, connection: Connection) -> None:
        """Keep a connection; of those that are too many, close one that is idle for long."""
        connection.used_at = time.monotonic()
        self.connections.append(connection)
        longest_idle = self.connections[0]
        too_many = len(self.connections) > self._settings.size
        if too_many and connection.used_at - longest_idle.used_at > IDLE_SECONDS:
            self._dismiss(self.connections.popleft())

    def _dismiss(self, connection: Connection) -> None:
        """Close a connection; nobody waits for that but `close`."""
        leaving = asyncio.create_task(connection.dismiss())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
