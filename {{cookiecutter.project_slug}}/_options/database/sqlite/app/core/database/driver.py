"""Connections to SQLite."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import quote

import aiosqlite
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event
from sqlalchemy.engine.interfaces import AdaptedConnection
from sqlalchemy.exc import DBAPIError

from app.core.database.connection import Connection, Connector
from app.core.database.driver_errors import result_code
from app.core.database.engines import Engines
from app.core.database.pool import Pool
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings

DIALECT = "sqlite+aiosqlite://"
"""All that SQLAlchemy is told: `connect` reads the settings."""

INTERRUPT_SECONDS = 0.01

LOCK_POLL_SECONDS = 0.01
"""How often a lock is tried that another process holds."""

PREPARATION = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
"""


class FileConnection(aiosqlite.Connection):
    """A connection that stops its work when it is closed."""

    @property
    def is_open(self) -> bool:
        """Whether it was not closed: a file does not close connections by itself."""
        return self._connection is not None

    async def answers(self) -> bool:
        """Whether the file can be read."""
        try:
            await self.execute_fetchall("SELECT 1")
        except sqlite3.Error:
            return False
        return True

    async def begin_immediate(self, patience: float) -> None:
        """Take the write lock at once: taking it later fails if somebody wrote meanwhile.

        SQLite itself would wait in the connection's thread, where nothing can stop it.

        Source: https://www.sqlite.org/lang_transaction.html
        """
        give_up_at = time.monotonic() + patience
        while True:
            try:
                await self.execute_fetchall("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                is_locked = result_code(error) == sqlite3.SQLITE_BUSY
                if not is_locked or time.monotonic() > give_up_at:
                    raise
            else:
                return
            await asyncio.sleep(LOCK_POLL_SECONDS)

    async def hang_up(self) -> None:
        """Stop what it is doing, undo that, and close it.

        Interrupt until it helps: what has not begun yet can't be interrupted. As long as
        an exception holds a cursor, SQLite would keep the lock of its transaction.
        """
        rolling_back = asyncio.create_task(self.rollback())
        while not rolling_back.done():
            with suppress(ValueError):  # it is closed
                await self.interrupt()
            await asyncio.wait([rolling_back], timeout=INTERRUPT_SECONDS)
        with suppress(sqlite3.Error, ValueError):  # it is unusable, or closed
            rolling_back.result()
        await self.close()


@asynccontextmanager
async def open_engines(settings: DatabaseSettings) -> AsyncIterator[Engines]:
    """Open the file for reading on a pool of connections, and for writing on one.

    SQLite lets one writer in at a time: waiting for the one connection is a fair queue,
    where waiting for the file's lock is not.
    """
    Path(settings.path).parent.mkdir(parents=True, exist_ok=True)
    reads = settings.for_reads
    primary = _pool(settings, settings.pool, PREPARATION)
    engines = Engines(
        reads=primary if reads is None else _replica(reads),
        writes=_writer(settings),
        primary=primary,
    )
    try:
        yield engines
    finally:
        await engines.close()


async def connect(
    file: str,
    lock_wait: float,
    preparation: str,
) -> FileConnection:
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
    connection = FileConnection(open_file, iter_chunk_size=64)
    connection._thread.daemon = True  # or it outlives a crash
    await connection
    try:
        await connection.executescript(preparation)
    except BaseException:
        await connection.close()
        raise
    return connection


def _writer(settings: DatabaseSettings) -> Pool:
    """Return the one connection for writing, which waits for locks by itself."""
    one = settings.pool.model_copy(update={"size": 1, "overflow": 0})
    return _pool(settings, one, f"{PREPARATION} PRAGMA busy_timeout = 0", writes=True)


def _replica(settings: DatabaseSettings) -> Pool:
    """Return a pool of connections to a file that is neither created nor changed."""
    return _pool(settings, settings.pool, "", mode="ro")


def _pool(
    settings: DatabaseSettings,
    size: PoolSettings,
    preparation: str,
    *,
    mode: str = "rwc",
    writes: bool = False,
) -> Pool:
    """Return a pool of connections to a file.

    Source: https://www.sqlite.org/uri.html
    """
    file = f"file:{quote(settings.path)}?mode={mode}"
    connector = Connector(
        DIALECT,
        partial(connect, file, settings.lock_wait, preparation),
        wait=None,  # SQLite waits for locks only, and for so long as it was told
        autocommit=not writes,
        isolation_level=None if writes else "AUTOCOMMIT",
    )
    if writes:
        begin = partial(_begin_immediate, lock_wait=settings.lock_wait)
        event.listen(connector.engine.sync_engine, "begin", begin)
    ping = Connection.answers if size.pre_ping else None
    return Pool(connector, size, ping)


def _begin_immediate(connection: SyncConnection, *, lock_wait: float) -> None:
    adapted = cast(AdaptedConnection, connection.connection.dbapi_connection)
    try:
        adapted.run_async(lambda file: file.begin_immediate(lock_wait))
    except sqlite3.Error as error:
        raise DBAPIError("BEGIN IMMEDIATE", None, error) from None
