"""Connections to SQLite."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from aiosqlite import Connection as DriverConnection
from sqlalchemy import URL, Connection, event
from sqlalchemy.engine.interfaces import AdaptedConnection, DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from app.core.database import DatabaseSettings
from app.core.pool import PoolSettings
from app.repositories.database.engines import Engines
from app.repositories.database.pool import Pool
from app.repositories.database.statements import trace_statements

DIALECT = "sqlite+aiosqlite"

INTERRUPT_SECONDS = 0.01

_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
}


@asynccontextmanager
async def open_engines(settings: DatabaseSettings) -> AsyncIterator[Engines]:
    """Open the file for reading on a pool of connections, and for writing on one.

    SQLite lets one writer in at a time: waiting for the one connection is a fair queue,
    where waiting for the file's lock is not.
    """
    one = settings.pool.model_copy(update={"size": 1, "overflow": 0})
    writes = _pool(settings, one)
    event.listen(writes.engine.sync_engine, "begin", _begin_immediate)
    primary = _pool(settings, settings.pool)
    reads = _replica(settings.for_reads) if settings.for_reads else primary
    try:
        yield Engines(reads=reads, writes=writes, primary=primary)
    finally:
        for pool in (reads, primary, writes):
            await pool.engine.dispose()


def violated_constraint(error: IntegrityError) -> str | None:
    """Return the name of the key or unique constraint that was violated, if it was one."""
    _, found, columns = str(error.orig).partition("UNIQUE constraint failed: ")
    if not found:
        return None
    table = columns.partition(".")[0]
    if reason(error) == "SQLITE_CONSTRAINT_PRIMARYKEY":
        return f"pk_{table}"
    names = (column.rpartition(".")[2] for column in columns.split(", "))
    return f"uq_{table}_{'_'.join(names)}"


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the file can't be used now, and may be later.

    The lowest byte of an extended result code is the result code.

    Source: https://www.sqlite.org/rescode.html
    """
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _UNAVAILABLE


def is_lost(error: DBAPIError) -> bool:
    """Return whether the transaction began before another one wrote, and can't write now."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_BUSY_SNAPSHOT


def reason(error: DBAPIError) -> str:
    """Return what went wrong, without the values that it went wrong with."""
    return str(getattr(error.orig, "sqlite_errorname", type(error.orig).__name__))


def _pool(settings: DatabaseSettings, size: PoolSettings) -> Pool:
    Path(settings.path).parent.mkdir(parents=True, exist_ok=True)
    pool = _pool_of(URL.create(DIALECT, database=settings.path), settings, size)
    event.listen(pool.engine.sync_engine, "connect", _prepare)
    return pool


def _replica(settings: DatabaseSettings) -> Pool:
    """Return a pool of connections to a file that is neither created nor changed.

    Source: https://www.sqlite.org/uri.html
    """
    file = f"file:{quote(settings.path)}"
    url = URL.create(DIALECT, database=file, query={"mode": "ro", "uri": "true"})
    return _pool_of(url, settings, settings.pool)


def _pool_of(url: URL, settings: DatabaseSettings, size: PoolSettings) -> Pool:
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size.size,
        max_overflow=size.overflow,
        pool_timeout=size.wait,
        pool_recycle=size.recycle,
        pool_pre_ping=size.pre_ping,
        hide_parameters=True,
        connect_args={"timeout": settings.lock_wait},
    )
    event.listen(engine.sync_engine, "connect", _begin_ourselves)
    event.listen(engine.sync_engine, "invalidate", _stop)
    trace_statements(engine)
    return Pool(engine, size)


def _begin_ourselves(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions begin where we say, not the driver


def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _stop(
    connection: AdaptedConnection,
    _record: ConnectionPoolEntry,
    _error: BaseException | None,
) -> None:
    """Stop what a connection is doing when nobody waits for it any more.

    It is about to be closed, and would first finish its work. As long as an exception holds
    a cursor of it, SQLite keeps the lock of its transaction even then.
    """
    connection.run_async(_interrupt_and_roll_back)


async def _interrupt_and_roll_back(connection: DriverConnection) -> None:
    """Interrupt until it helps: what has not begun yet can't be interrupted."""
    rolling_back = asyncio.create_task(connection.rollback())
    while not rolling_back.done():
        await connection.interrupt()
        await asyncio.wait([rolling_back], timeout=INTERRUPT_SECONDS)
    with suppress(sqlite3.Error, ValueError):  # it is unusable, or closed
        rolling_back.result()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock at once: taking it later fails if somebody wrote meanwhile.

    Source: https://www.sqlite.org/lang_transaction.html
    """
    connection.exec_driver_sql("BEGIN IMMEDIATE")
