"""Connections of an engine of SQLAlchemy, with a queue that is fair."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.core.pool import PoolSettings
from app.repositories.database.turns import Turns
from app.repositories.interfaces.storage import PoolUsage

Connection = AsyncConnection


class Pool:
    """Connections of one engine, handed out in the order in which they were asked for."""

    def __init__(self, engine: AsyncEngine, settings: PoolSettings) -> None:
        self.engine = engine
        self._turns = Turns(settings)

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
            waiting=self._turns.waiting,
        )

    async def take(self) -> Connection:
        """Return a connection, which has to be given back.

        Raises:
            StorageUnavailable: none was free in time.
            sqlalchemy.exc.DBAPIError: a new one can't be made.
        """
        await self._turns.take()
        try:
            return await self.engine.connect()
        except BaseException:
            self._turns.give_back()
            raise

    async def give_back(self, connection: Connection) -> None:
        """Undo what is not committed, and let others have the connection."""
        try:
            await connection.close()
        finally:
            self._turns.give_back()

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Connection]:
        """Have a connection for as long as the body runs."""
        connection = await self.take()
        try:
            yield connection
        finally:
            await self.give_back(connection)
