"""Connections to the database through SQLAlchemy."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Delete, Insert, NullPool, Select, Update
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from app.core.database.driver_errors import is_read_only, is_spoiling
from app.core.database.errors import StorageUnavailable
from app.core.database.sql_tracing import trace_statements


class DriverConnection(Protocol):
    """What is needed of a driver's connection."""

    @property
    def is_open(self) -> bool:
        """Whether nothing is known to have closed it."""

    async def answers(self) -> bool:
        """Whether the server answers."""

    async def hang_up(self) -> None:
        """Stop what it is doing, and close it in little time."""


Driver = TypeVar("Driver", bound=DriverConnection)
Answer = TypeVar("Answer")


class Connection(AsyncConnection):
    """A connection that knows whether it can be used again.

    It can't if it is closed, if the server became read-only, or if somebody stopped waiting
    for an answer that may still come.
    """

    def __init__(self, engine: AsyncEngine, driver: DriverConnection) -> None:
        super().__init__(engine)
        self._driver = driver
        self._is_spoiled = False
        self.is_read_only = False
        self.made_at = time.monotonic()
        self.used_at = self.made_at

    @property
    def is_fit(self) -> bool:
        """Whether it can be used again."""
        return not self._is_spoiled and not self.invalidated and self._driver.is_open

    def is_in_transaction(self) -> bool:
        """Whether a transaction has to be ended before others can use the connection."""
        return self.in_transaction()

    async def answers(self) -> bool:
        """Whether the server answers."""
        return await self._driver.answers()

    async def read(
        self,
        statement: Select[Any],
        values: Mapping[str, object],
    ) -> list[dict[str, Any]]:
        """Return the rows that a statement yields.

        They are dictionaries: SQLAlchemy's own mappings take longer to unpack than to copy.
        """
        found = await self._answer(self.execute(statement, dict(values)))
        names = tuple(found.keys())
        return [dict(zip(names, row, strict=True)) for row in found]

    async def write(
        self,
        statement: Insert | Update | Delete,
        values: Mapping[str, object],
    ) -> int:
        """Return how many rows a statement changed."""
        done = await self._answer(self.execute(statement, dict(values)))
        return done.rowcount

    async def commit(self) -> None:
        """Make the changes of a transaction last."""
        await self._answer(super().commit())

    async def rollback(self) -> None:
        """Undo a transaction."""
        await self._answer(super().rollback())

    async def dismiss(self) -> None:
        """Close it, whatever state it is in."""
        with suppress(Exception):
            await self.invalidate()
            await self.close()
        await self._driver.hang_up()

    async def _answer(self, asked: Awaitable[Answer]) -> Answer:
        """Wait for an answer.

        Raises:
            sqlalchemy.exc.StatementError: the database refuses.
            StorageUnavailable: the connection turned out to be closed, whatever the
                driver says to that.
        """
        self._is_spoiled = True
        try:
            answer = await asked
        except StatementError as error:
            self._is_spoiled = isinstance(error, DBAPIError) and is_spoiling(error)
            self.is_read_only = isinstance(error, DBAPIError) and is_read_only(error)
            raise
        except Exception as error:
            if self._driver.is_open:
                raise
            raise StorageUnavailable(type(error).__name__) from None
        self._is_spoiled = False
        return answer


class Connector(Generic[Driver]):
    """Makes one connection with each call, within `wait` seconds if that is set.

    The driver's connection is made first, and then handed to SQLAlchemy, which may ask the
    server a few things: whatever fails then, the driver's connection is closed.
    """

    def __init__(
        self,
        url: str,
        connect: Callable[[], Awaitable[Driver]],
        *,
        wait: float | None,
        autocommit: bool,
        **options: Any,
    ) -> None:
        self.engine = create_async_engine(
            url,
            async_creator=self._hand_over,
            poolclass=NullPool,
            hide_parameters=True,
            skip_autocommit_rollback=autocommit,
            **options,
        )
        # SQLAlchemy would wait for the end of a statement that was cancelled: `dismiss`
        # closes connections.
        vars(self.engine.sync_engine.dialect)["do_terminate"] = lambda _connection: None
        trace_statements(self.engine)
        self._connect = connect
        self._wait = wait
        self._made: deque[Driver] = deque()

    async def __call__(self) -> Connection:
        """Return a new connection, or raise whatever the driver raises."""
        async with asyncio.timeout(self._wait):
            driver = await self._connect()
            try:
                self._made.append(driver)
                connection = Connection(self.engine, driver)
                await connection.start()
            except BaseException:
                await driver.hang_up()
                raise
            return connection

    async def _hand_over(self) -> Driver:
        return self._made.popleft()
