"""PostgreSQL, as migrations need it: one at a time, and without deadlines.

A step is one transaction: it happens whole or not at all. What PostgreSQL refuses to do in a
transaction, such as `CREATE INDEX CONCURRENTLY`, goes into `op.get_context().autocommit_block()`.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Any

from alembic.util import CommandError
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.core import service_info
from app.core.database.connection import connect
from app.core.database.settings import DatabaseSettings

LOCK_WAIT_SECONDS = 60
POLL_SECONDS = 0.1

DIALECT = "postgresql+asyncpg://"
"""All that SQLAlchemy is told: the rest of the URL is read by asyncpg."""

OPTIONS: dict[str, Any] = {}
"""PostgreSQL needs nothing special of Alembic."""

_LOCK_NAME = f"{service_info.NAME}/migrations"
LOCK_KEY = int.from_bytes(sha256(_LOCK_NAME.encode()).digest()[:8], signed=True)
"""Stands for this service's migrations among the advisory locks of the database."""

_ALWAYS_THERE = "postgres"
"""The database of every server from which others are created."""

_NO_SUCH_DATABASE = "3D000"
_CREATED_MEANWHILE = {"42P04", "23505"}
_LOCK_NOT_AVAILABLE = "55P03"


async def create_database(settings: DatabaseSettings) -> None:
    """Create the database, unless the server has it already."""
    try:
        async with _engine(settings) as engine, engine.connect():
            return
    except DBAPIError as error:
        if _sqlstate(error) != _NO_SUCH_DATABASE:
            raise
    await _create(settings)


@asynccontextmanager
async def exclusive_connection(
    settings: DatabaseSettings,
) -> AsyncIterator[AsyncConnection]:
    """Connect, and keep every other migration of this service out until the end.

    The lock belongs to the session and goes with it: this needs a connection to the
    server itself, not to a pooler that shares sessions.

    Raises:
        CommandError: this migration, or a table, stayed locked for too long.
    """
    async with _engine(settings) as engine, engine.connect() as connection:
        await _lock(connection)
        try:
            yield connection
        except DBAPIError as error:
            if _sqlstate(error) != _LOCK_NOT_AVAILABLE:
                raise
            raise CommandError(
                f"Somebody else kept a table locked for {LOCK_WAIT_SECONDS} s. "
                "The step was undone; try again in a quieter moment.",
            ) from error


async def _lock(connection: AsyncConnection) -> None:
    """Take the lock by asking again and again.

    Waiting inside one statement would hold a snapshot, and `CREATE INDEX CONCURRENTLY` of the
    process that has the lock would wait for that: a deadlock.

    Raises:
        CommandError: another process kept the lock for too long.
    """
    give_up_at = time.monotonic() + LOCK_WAIT_SECONDS
    while not await _try_lock(connection):
        if time.monotonic() > give_up_at:
            raise CommandError(
                f"Another process has been migrating for {LOCK_WAIT_SECONDS} s. "
                "Nothing was done; try again when it has finished.",
            )
        await asyncio.sleep(POLL_SECONDS)


async def _try_lock(connection: AsyncConnection) -> bool:
    taken = await connection.scalar(select(func.pg_try_advisory_lock(LOCK_KEY)))
    await connection.commit()
    return bool(taken)


async def _create(settings: DatabaseSettings) -> None:
    async with _engine(settings.renamed(_ALWAYS_THERE)) as engine:
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        name = engine.dialect.identifier_preparer.quote_identifier(settings.name)
        try:
            async with autocommit.connect() as connection:
                await connection.exec_driver_sql(
                    f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0",
                )
        except DBAPIError as error:
            if _sqlstate(error) not in _CREATED_MEANWHILE:
                raise


def _sqlstate(error: DBAPIError) -> str | None:
    """Return how PostgreSQL tells errors apart; SQLAlchemy's adapter wraps asyncpg's own."""
    cause = error.orig and error.orig.__cause__
    return getattr(cause, "sqlstate", None)


@asynccontextmanager
async def _engine(settings: DatabaseSettings) -> AsyncIterator[AsyncEngine]:
    parameters = {
        "application_name": _LOCK_NAME,
        "lock_timeout": f"{LOCK_WAIT_SECONDS}s",
    }
    engine = create_async_engine(
        DIALECT,
        async_creator=partial(connect, settings, parameters),
        poolclass=NullPool,
    )
    try:
        yield engine
    finally:
        await engine.dispose()
