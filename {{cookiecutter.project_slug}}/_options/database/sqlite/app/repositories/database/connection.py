"""Connections to a file of SQLite, as aiosqlite makes them."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import Any, TypeVar

import aiosqlite

from app.core.tracing import begin_call, end_call, is_tracing
from app.repositories.database.errors import SPOILING, is_read_only, result_code
from app.repositories.database.queries import Query
from app.repositories.interfaces.errors import StorageUnavailable

INTERRUPT_SECONDS = 0.01

LOCK_POLL_SECONDS = 0.01
"""How often a lock is tried that another process holds."""

Answer = TypeVar("Answer")


class Connection(aiosqlite.Connection):
    """A connection that knows whether it can be used again.

    It can't if it is closed, if its file can't be used any more, or if somebody stopped
    waiting for an answer that may still come. It has a thread of its own: to be handed over
    to that takes longer than most statements, so each is handed over once, as a whole.
    """

    made_at = 0.0
    used_at = 0.0
    is_read_only = False
    lock_wait = 0.0
    """Seconds for which a transaction may wait for the lock of the file."""
    _is_spoiled = False

    @property
    def is_fit(self) -> bool:
        """Whether it can be used again."""
        return not self._is_spoiled and self._connection is not None

    def is_in_transaction(self) -> bool:
        """Whether a transaction has to be ended before others can use the connection."""
        return self.in_transaction

    async def answers(self) -> bool:
        """Whether the file can be read."""
        try:
            await self.execute_fetchall("SELECT 1")
        except sqlite3.Error:
            return False
        return True

    async def read(
        self,
        query: Query,
        values: Mapping[str, object],
    ) -> list[dict[str, Any]]:
        """Return the rows that a query yields."""
        found = await self._answer(self._found, query.sql, query.arguments(values))
        return query.rows(found)

    async def write(self, query: Query, values: Mapping[str, object]) -> int:
        """Return how many rows a statement changed."""
        return await self._answer(self._changed, query.sql, query.arguments(values))

    async def begin(self) -> None:
        """Take the write lock at once: taking it later fails if somebody wrote meanwhile.

        SQLite itself would wait in the connection's thread, where nothing can stop it.

        Source: https://www.sqlite.org/lang_transaction.html
        """
        give_up_at = time.monotonic() + self.lock_wait
        while True:
            try:
                await self._answer(self._changed, "BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                is_locked = result_code(error) == sqlite3.SQLITE_BUSY
                if not is_locked or time.monotonic() > give_up_at:
                    raise
            else:
                return
            await asyncio.sleep(LOCK_POLL_SECONDS)

    async def commit(self) -> None:
        """Make the changes of a transaction last."""
        await self._answer(self._changed, "COMMIT")

    async def rollback(self) -> None:
        """Undo a transaction; a few errors have undone it already."""
        if self.in_transaction:
            await self._answer(self._changed, "ROLLBACK")

    async def dismiss(self) -> None:
        """Stop what it is doing, undo that, and close it.

        Interrupt until it helps: what has not begun yet can't be interrupted. As long as
        an exception holds a cursor, SQLite would keep the lock of its transaction.
        """
        rolling_back = asyncio.create_task(super().rollback())
        while not rolling_back.done():
            with suppress(ValueError):  # it is closed
                await self.interrupt()
            await asyncio.wait([rolling_back], timeout=INTERRUPT_SECONDS)
        with suppress(sqlite3.Error, ValueError):  # it is unusable, or closed
            rolling_back.result()
        await self.close()

    def _found(self, sql: str, arguments: Sequence[object]) -> list[tuple[Any, ...]]:
        with closing(self._conn.execute(sql, arguments)) as cursor:
            return cursor.fetchall()

    def _changed(self, sql: str, arguments: Sequence[object]) -> int:
        with closing(self._conn.execute(sql, arguments)) as cursor:
            return cursor.rowcount

    async def _answer(
        self,
        ask: Callable[[str, Sequence[object]], Answer],
        sql: str,
        arguments: Sequence[object] = (),
    ) -> Answer:
        """Ask in the thread, within a span if this is traced: it holds no values.

        Raises:
            sqlite3.Error: SQLite refuses.
            StorageUnavailable: the connection was closed meanwhile.
        """
        span = begin_call(*_described(sql)) if is_tracing() else None
        self._is_spoiled = True
        try:
            answer: Answer = await self._execute(ask, sql, arguments)  # type: ignore[no-untyped-call]
        except BaseException as error:
            end_call(span, type(error).__name__)
            if isinstance(error, sqlite3.Error):
                self.is_read_only = is_read_only(error)
                self._is_spoiled = result_code(error) in SPOILING
            elif isinstance(error, Exception) and self._connection is None:
                raise StorageUnavailable(type(error).__name__) from None
            raise
        self._is_spoiled = False
        end_call(span)
        return answer


async def connect(file: str, lock_wait: float, preparation: str) -> Connection:
    """Open a file, and run statements that prepare the connection.

    Raises:
        sqlite3.Error: the file can't be opened, or is no database.
    """
    open_file = partial(
        sqlite3.connect,
        file,
        timeout=lock_wait,
        isolation_level=None,  # transactions begin where this service says
        uri=True,
    )
    connection = Connection(open_file, iter_chunk_size=64)
    connection.lock_wait = lock_wait
    connection._thread.daemon = True  # or it outlives a crash
    await connection
    try:
        await connection.executescript(preparation)
    except BaseException:
        await connection.close()
        raise
    connection.made_at = time.monotonic()
    return connection


def _described(sql: str) -> tuple[str, dict[str, Any]]:
    operation = sql.split(maxsplit=1)[0].upper()
    return operation, {
        "db.system.name": "sqlite",
        "db.operation.name": operation,
        "db.query.text": sql,
    }
