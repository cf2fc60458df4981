"""Ways to a file of SQLite, opened and closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

from app.core.database.connection import Connection, connect
from app.core.database.engines import Engines
from app.core.database.pool import Pool
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings

PREPARATION = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
"""


@asynccontextmanager
async def open_engines(settings: DatabaseSettings) -> AsyncIterator[Engines]:
    """Open the file for reading on a pool of connections, and for writing on one.

    SQLite lets one writer in at a time: waiting for the one connection is a fair queue,
    where waiting for the file's lock is not.
    """
    Path(settings.path).parent.mkdir(parents=True, exist_ok=True)
    one = settings.pool.model_copy(update={"size": 1, "overflow": 0})
    reads = settings.for_reads
    primary = _pool(settings, settings.pool, PREPARATION)
    engines = Engines(
        reads=primary if reads is None else _replica(reads),
        writes=_pool(settings, one, PREPARATION),
        primary=primary,
    )
    try:
        yield engines
    finally:
        await engines.close()


def uri(settings: DatabaseSettings, mode: str = "rwc") -> str:
    """Return how SQLite is told of the file.

    Source: https://www.sqlite.org/uri.html
    """
    return f"file:{quote(settings.path)}?mode={mode}"


def _replica(settings: DatabaseSettings) -> Pool:
    """Return a pool of connections to a file that is neither created nor changed."""
    return _pool(settings, settings.pool, "", mode="ro")


def _pool(
    settings: DatabaseSettings,
    size: PoolSettings,
    preparation: str,
    *,
    mode: str = "rwc",
) -> Pool:
    """Return a pool of connections to the file."""
    ping = Connection.answers if size.pre_ping else None
    file = uri(settings, mode)
    return Pool(partial(connect, file, settings.lock_wait, preparation), size, ping)
