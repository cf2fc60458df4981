"""Ways to PostgreSQL, opened and closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from app.core import service_info
from app.core.database.connection import connect
from app.core.database.engines import Engines
from app.core.database.pool import Pool
from app.core.database.settings import DatabaseSettings


@asynccontextmanager
async def open_engines(settings: DatabaseSettings) -> AsyncIterator[Engines]:
    """Open one pool of connections for reads and transactions, or one for each of them.

    Each statement commits by itself unless a transaction is begun, so that a read is one
    round trip.
    """
    primary = _pool(settings)
    reads = _pool(settings.for_reads) if settings.for_reads else primary
    engines = Engines(reads=reads, writes=primary, primary=primary)
    try:
        yield engines
    finally:
        await engines.close()


def _pool(settings: DatabaseSettings) -> Pool:
    """Return a pool whose server, too, ends what takes longer than the deadline.

    A driver that is cancelled has the server cancel as well: this is for those that die.
    """
    parameters = {
        "application_name": service_info.NAME,
        "statement_timeout": _milliseconds(settings.deadline),
        "idle_in_transaction_session_timeout": _milliseconds(settings.idle_transaction),
    }
    return Pool(partial(connect, settings, parameters), settings.pool)


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
