"""Ways to MySQL and MariaDB, opened and closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from app.core.database.connection import Connection, connect
from app.core.database.engines import Engines
from app.core.database.pool import Pool
from app.core.database.settings import DatabaseSettings
from app.core.database.stopping import Stopper, open_stopper

SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
"""Values that don't fit are refused, whatever the server's own setting."""

ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
"""Transactions see what others have committed.

`REPEATABLE READ`, the server's own choice, locks gaps between rows as well, and so runs into
more deadlocks.
"""


@asynccontextmanager
async def open_engines(settings: DatabaseSettings) -> AsyncIterator[Engines]:
    """Open a pool of connections for reads, and one for transactions.

    Each statement commits by itself unless a transaction is begun, so that a read is one
    round trip.
    """
    for_reads = settings.for_reads or settings
    async with (
        open_stopper(partial(connect, for_reads)) as stopper_of_reads,
        open_stopper(partial(connect, settings)) as stopper,
    ):
        reads = _pool(for_reads, stopper_of_reads)
        writes = _pool(settings, stopper)
        primary = writes if settings.for_reads else reads
        engines = Engines(reads=reads, writes=writes, primary=primary)
        try:
            yield engines
        finally:
            await engines.close()


def _pool(settings: DatabaseSettings, stopper: Stopper) -> Pool:
    preparation = (_session(settings), ISOLATION)
    ping = Connection.answers if settings.pool.pre_ping else None
    return Pool(
        partial(connect, settings, preparation, stopper),
        settings.pool,
        ping,
    )


def _session(settings: DatabaseSettings) -> str:
    """Return what sets the variables of a session.

    What takes longer than the deadline is ended by the server, even if this process is gone.
    MariaDB reads the first kind of comment, MySQL the second.

    Source: https://mariadb.com/docs/server/reference/sql-structure/comment-syntax
    """
    return (
        f"SET SESSION autocommit = 1, sql_mode = '{SQL_MODE}', time_zone = '+00:00', "
        f"innodb_lock_wait_timeout = {settings.lock_wait}"
        f"/*M! , max_statement_time = {settings.deadline} */"
        f"/*!50700 , max_execution_time = {round(settings.deadline * 1000)} */"
    )
