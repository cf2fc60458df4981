"""Ending on the server what nobody waits for any more.

A driver that is cancelled closes its end of the connection. The server notices when it has
an answer to send; until then it works, and holds what it has locked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from typing import Protocol

from asyncmy.errors import MySQLError

PATIENCE_SECONDS = 2
"""How long to try: the server itself ends what exceeds the deadline."""


class Connection(Protocol):
    """What is needed of a connection."""

    async def query(self, sql: str) -> int:
        """Run a statement."""

    def close(self) -> None:
        """Hang up."""


class Stopper:
    """Kills connections of which the client has let go, over one of its own.

    Source: https://dev.mysql.com/doc/refman/8.4/en/kill.html
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self._abandoned: set[int] = set()
        self._work: asyncio.Task[None] | None = None

    def stop(self, connection_id: int) -> None:
        """See to it that the server drops a connection; do not wait for that."""
        self._abandoned.add(connection_id)
        if self._work is None or self._work.done():
            # Whoever was cancelled has no time left; this has its own.
            self._work = asyncio.create_task(self._kill_all(), context=Context())

    async def finish(self) -> None:
        """Wait until what was begun is done."""
        if self._work is not None:
            await self._work

    async def _kill_all(self) -> None:
        with suppress(OSError, MySQLError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                connection = await self._connect()
                try:
                    await self._kill_over(connection)
                finally:
                    connection.close()
        self._abandoned.clear()

    async def _kill_over(self, connection: Connection) -> None:
        while self._abandoned:
            with suppress(MySQLError):  # it may be gone by itself
                await connection.query(f"KILL {self._abandoned.pop()}")


@asynccontextmanager
async def open_stopper(
    connect: Callable[[], Awaitable[Connection]],
) -> AsyncIterator[Stopper]:
    """Have a stopper, and let it finish on leaving."""
    stopper = Stopper(connect)
    try:
        yield stopper
    finally:
        await stopper.finish()
