"""Connections to a database, with a queue that is fair."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from app.core.database.connection import Connection
from app.core.database.error_translation import connect_error
from app.core.database.fair_semaphore import Turns
from app.core.database.pool_settings import PoolSettings
from app.core.database.storage import PoolUsage

__all__ = ["Connection", "Pool"]

IDLE_SECONDS = 10
"""How long a surplus connection may be idle before it is closed: load comes in waves."""

EXPIRY_SECONDS = 1
"""How often, at most, all connections to a read-only server are replaced."""


class Pool:
    """Hands out connections in the order in which they were asked for.

    Drivers leave sockets, threads and futures behind if they are cancelled while they
    connect or close. So both happen in tasks of their own, which are never cancelled:
    a caller can stop waiting at any time, and the pool takes care of the connection.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        settings: PoolSettings,
        ping: Callable[[Connection], Awaitable[bool]] | None = None,
    ) -> None:
        self.connections: deque[Connection] = deque()
        self._connect = connect
        self._settings = settings
        self._ping = ping
        self._turns = Turns(settings)
        self._in_use = 0
        self._expired_at = 0.0
        self._is_closed = False
        self._connecting: set[asyncio.Task[Connection]] = set()
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
            StorageUnavailable: none was free in time, or a new one can't be made.
        """
        await self._turns.take()
        try:
            connection = await self._tried()
        except BaseException:
            self._turns.give_back()
            raise
        if connection is None:
            connection = await self._new()
        self._in_use += 1
        return connection

    async def give_back(self, connection: Connection) -> None:
        """Undo what is not committed, and let others have the connection."""
        try:
            if connection.is_fit and connection.is_in_transaction():
                await connection.rollback()
        finally:
            self._in_use -= 1
            if connection.is_read_only:
                self._expire()
            self._keep(connection)
            self._turns.give_back()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """Have a connection for as long as the body runs."""
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    def stop(self) -> None:
        """Begin to close all connections that are free; others close when they come back."""
        self._is_closed = True
        while self.connections:
            self._dismiss(self.connections.pop())

    async def close(self) -> None:
        """Close all connections that are free, and wait for those that are closing."""
        self.stop()
        while closing := self._connecting | self._leaving:
            await asyncio.wait(closing)

    async def _new(self) -> Connection:
        """Return a new connection, made in the turn of the caller.

        An attempt that the caller no longer waits for keeps the turn until it ends: there
        are never more connections than the settings allow.
        """
        attempt = asyncio.create_task(self._attempt())
        self._connecting.add(attempt)
        attempt.add_done_callback(self._connecting.discard)
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            attempt.add_done_callback(self._dismiss_made)
            raise
        except BaseException:
            self._turns.give_back()
            raise

    async def _attempt(self) -> Connection:
        """Whatever a driver raises while it connects: the database is unavailable."""
        try:
            return await self._connect()
        except Exception as error:
            raise connect_error(error) from None

    def _dismiss_made(self, attempt: asyncio.Task[Connection]) -> None:
        if not attempt.cancelled() and attempt.exception() is None:
            self._dismiss(attempt.result())
        self._turns.give_back()

    async def _tried(self) -> Connection | None:
        """Return a free connection, which answers if it has to be asked."""
        while (connection := self._free()) is not None:
            if self._ping is None:
                return connection
            answers = False
            try:
                answers = await self._ping(connection)
            finally:
                if not answers:
                    self._dismiss(connection)
            if answers:
                return connection
        return None

    def _free(self) -> Connection | None:
        """Return a connection that is free, open, and not too old: the one used last."""
        oldest = max(time.monotonic() - self._settings.recycle, self._expired_at)
        while self.connections:
            connection = self.connections.pop()
            if connection.is_fit and connection.made_at > oldest:
                return connection
            self._dismiss(connection)
        return None

    def _expire(self) -> None:
        """Replace all connections before their next use: the server became read-only."""
        now = time.monotonic()
        if now - self._expired_at > EXPIRY_SECONDS:
            self._expired_at = now

    def _keep(self, connection: Connection) -> None:
        """Keep a connection; of those that are too many, close one that is idle for long."""
        if self._is_closed or not connection.is_fit:
            self._dismiss(connection)
            return
        connection.used_at = time.monotonic()
        self.connections.append(connection)
        longest_idle = self.connections[0]
        too_many = len(self.connections) > self._settings.size
        if too_many and connection.used_at - longest_idle.used_at > IDLE_SECONDS:
            self._dismiss(self.connections.popleft())

    def _dismiss(self, connection: Connection) -> None:
        """Close a connection; only `close` waits for that."""
        leaving = asyncio.create_task(connection.dismiss())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
