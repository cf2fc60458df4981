"""Connections to a file of SQLite, as aiosqlite makes them."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import Any, TypeVar

import aiosqlite

from app.core.database.driver_errors import (
    SPOILING,
    is_locked,
    is_read_only,
    result_code,
)
from app.core.database.errors import StorageUnavailable
from app.core.database.queries import Query
from app.core.observability.tracing import begin_call, end_call, is_tracing

BRIEF = 2000
"""Instructions of SQLite's machine: a read by key takes 20, a page a few hundred."""

INTERRUPT_SECONDS = 0.01

LOCK_POLL_SECONDS = 0.01
"""How often a lock is tried that another process holds."""

Answer = TypeVar("Answer")
Rows = list[tuple[Any, ...]]


class Connection(aiosqlite.Connection):
    """A connection that knows whether it can be used again.

    It can't if it is closed, if its file can't be used any more, or if somebody stopped
    waiting for an answer that may still come.

    It has a thread of its own. To be handed over to that takes longer than most statements:
    a read begins in the event loop, and goes to the thread, from its start, if it is not done
    after `BRIEF` instructions. Everything else is handed over once, as a whole.
    """

    made_at = 0.0
    used_at = 0.0
    is_read_only = False
    lock_wait = 0.0
    """Seconds for which a statement may wait for the lock of the file."""
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
            self._found_soon("SELECT 1 FROM sqlite_schema LIMIT 1", ())
        except sqlite3.Error as error:
            return is_locked(error)
        return True

    async def read(
        self,
        query: Query,
        values: Mapping[str, object],
    ) -> list[dict[str, Any]]:
        """Return the rows that a query yields."""
        arguments = query.arguments(values)
        found = await self._answer(query.sql, self._rows(query.sql, arguments))
        return query.rows(found)

    async def write(self, query: Query, values: Mapping[str, object]) -> int:
        """Return how many rows a statement changed."""
        changed = self._in_thread(self._changed, query.sql, query.arguments(values))
        return await self._answer(query.sql, changed)

    async def insert(self, query: Query, values: Mapping[str, object]) -> int:
        """Return the id that SQLite made for a new row."""
        added = self._in_thread(self._added, query.sql, query.arguments(values))
        return await self._answer(query.sql, added)

    async def begin(self) -> None:
        """Take the write lock at once: taking it later fails if somebody wrote meanwhile.

        Source: https://www.sqlite.org/lang_transaction.html
        """
        await self._run("BEGIN IMMEDIATE")

    async def commit(self) -> None:
        """Make the changes of a transaction last."""
        await self._run("COMMIT")

    async def rollback(self) -> None:
        """Undo a transaction; a few errors have undone it already."""
        if self.in_transaction:
            await self._run("ROLLBACK")

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

    async def _run(self, sql: str) -> None:
        await self._answer(sql, self._in_thread(self._changed, sql, ()))

    async def _rows(self, sql: str, arguments: Sequence[object]) -> Rows:
        if not self.in_transaction:
            # It may take longer, or be locked out.
            with suppress(sqlite3.OperationalError):
                return self._found_soon(sql, arguments)
        return await self._in_thread(self._found, sql, arguments)

    async def _in_thread(
        self,
        work: Callable[[str, Sequence[object]], Answer],
        sql: str,
        arguments: Sequence[object],
    ) -> Answer:
        """Have the thread work, and wait for locks here.

        SQLite itself would wait for them in the thread, where nothing can stop it.
        """
        give_up_at = time.monotonic() + self.lock_wait
        while True:
            try:
                answer: Answer = await self._execute(work, sql, arguments)  # type: ignore[no-untyped-call]
            except sqlite3.OperationalError as error:
                if not is_locked(error) or time.monotonic() > give_up_at:
                    raise
            else:
                return answer
            await asyncio.sleep(LOCK_POLL_SECONDS)

    def _found_soon(self, sql: str, arguments: Sequence[object]) -> Rows:
        """Return what is found within `BRIEF` instructions, or twice as many at most.

        SQLite counts on from the last time that it ran the statement, so the first call of
        the handler does not say that this time takes long; the second one interrupts.

        Source: https://www.sqlite.org/c3ref/progress_handler.html
        """
        self._conn.set_progress_handler(partial(next, iter([False]), True), BRIEF)
        try:
            return self._found(sql, arguments)
        finally:
            self._conn.set_progress_handler(None, BRIEF)

    def _found(self, sql: str, arguments: Sequence[object]) -> Rows:
        with closing(self._conn.execute(sql, arguments)) as cursor:
            return cursor.fetchall()

    def _changed(self, sql: str, arguments: Sequence[object]) -> int:
        with closing(self._conn.execute(sql, arguments)) as cursor:
            return cursor.rowcount

    def _added(self, sql: str, arguments: Sequence[object]) -> int:
        with closing(self._conn.execute(sql, arguments)) as cursor:
            return cursor.lastrowid or 0

    async def _answer(self, sql: str, asked: Awaitable[Answer]) -> Answer:
        """Wait for an answer, within a span if this is traced: it holds no values.

        Raises:
            sqlite3.Error: SQLite refuses.
            StorageUnavailable: the connection was closed meanwhile.
        """
        span = begin_call(*_described(sql)) if is_tracing() else None
        self._is_spoiled = True
        try:
            answer = await asked
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
        check_same_thread=False,  # one at a time uses it
        uri=True,
    )
    connection = Connection(open_file, iter_chunk_size=64)
    connection.lock_wait = lock_wait
    connection._thread.daemon = True  # or it outlives a crash
    await connection
    try:
        await connection.executescript(f"{preparation} PRAGMA busy_timeout = 0")
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
