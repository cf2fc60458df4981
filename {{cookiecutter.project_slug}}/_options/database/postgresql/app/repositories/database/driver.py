"""Connections to PostgreSQL."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from app import about
from app.core.database import DatabaseSettings
from app.repositories.database.connector import Connector
from app.repositories.database.engines import Engines, Pool, Turns

DIALECT = "postgresql+asyncpg://"
"""All that SQLAlchemy is told: the rest of the URL is read by asyncpg."""

GOODBYE_SECONDS = 0.25
"""How long a server may take to say goodbye; a frozen one never does."""

UNAVAILABLE = (
    "08",  # the connection failed
    "25",  # the transaction was ended from outside, or this server is read-only now
    "28",  # the credentials are refused
    "3D",  # there is no such database
    "40",  # the transaction lost against another one: a deadlock, for example
    "53",  # connections, memory or disk are used up
    "55P03",  # a lock was not to be had in time
    "57",  # the server cancelled the statement, or is starting or stopping
)
"""How SQLSTATEs begin that say: not now. Trying again later may help.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""


class Connection(asyncpg.Connection):
    """A connection that is closed in no time, whatever the server does."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Cancel what is running, say goodbye, and wait a moment for the answer."""
        await super().close(timeout=min(timeout or GOODBYE_SECONDS, GOODBYE_SECONDS))


async def connect(
    settings: DatabaseSettings,
    parameters: Mapping[str, str],
) -> Connection:
    """Connect to the server, and set parameters of the session on it.

    Raises:
        OSError: the server can't be reached, or does not answer in time.
        asyncpg.PostgresError: the server does not let us in.
    """
    connection: Connection = await asyncpg.connect(
        settings.url.get_secret_value().unicode_string(),
        timeout=settings.connect_wait,
        server_settings=dict(parameters),
        connection_class=Connection,
    )
    return connection


@asynccontextmanager
async def open_engines(settings: DatabaseSettings) -> AsyncIterator[Engines]:
    """Open one pool of connections for reads and transactions, or one for each of them.

    Each statement commits by itself unless a transaction is begun, so that a read is one
    round trip.
    """
    primary = _pool(settings)
    transactions = primary.engine.execution_options(isolation_level="READ COMMITTED")
    reads = _pool(settings.for_reads) if settings.for_reads else primary
    try:
        yield Engines(
            reads=reads,
            writes=Pool(transactions, primary.turns),
            primary=primary,
        )
    finally:
        await primary.engine.dispose()
        await reads.engine.dispose()


def violated_constraint(error: IntegrityError) -> str | None:
    """Return the name of the constraint that was violated."""
    name: str | None = getattr(_cause(error), "constraint_name", None)
    return name


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the same question may well be answered later."""
    return (sqlstate(error) or "").startswith(UNAVAILABLE)


def is_lost(error: DBAPIError) -> bool:
    """Return whether the transaction was undone for the sake of another one."""
    return (sqlstate(error) or "").startswith("40")


def reason(error: DBAPIError) -> str:
    """Return what went wrong, without the values that it went wrong with.

    asyncpg has a class for each SQLSTATE: its name says it.
    """
    cause = _cause(error)
    name = type(cause).__name__
    is_about_the_url = isinstance(cause, asyncpg.ClientConfigurationError)
    return f"{name}: {cause}" if is_about_the_url else name


def sqlstate(error: DBAPIError) -> str | None:
    """Return the five characters by which PostgreSQL tells errors apart, if it was asked."""
    code: str | None = getattr(_cause(error), "sqlstate", None)
    return code


def _pool(settings: DatabaseSettings) -> Pool:
    """Return a pool whose server, too, ends what takes longer than the deadline.

    A driver that is cancelled has the server cancel as well: this is for those that die.
    """
    parameters = {
        "application_name": about.NAME,
        "statement_timeout": _milliseconds(settings.deadline),
        "idle_in_transaction_session_timeout": _milliseconds(settings.idle_transaction),
    }
    engine = create_async_engine(
        DIALECT,
        async_creator=Connector(
            connect=partial(connect, settings, parameters),
            discard=Connection.terminate,
        ),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=settings.pool.size,
        max_overflow=settings.pool.overflow,
        pool_timeout=settings.pool.wait,
        pool_recycle=settings.pool.recycle,
        pool_pre_ping=settings.pool.pre_ping,
    )
    return Pool(engine, Turns(settings.pool))


def _cause(error: DBAPIError) -> BaseException | None:
    """Return asyncpg's own exception, which SQLAlchemy's adapter wraps."""
    return error.orig and error.orig.__cause__


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
