"""MySQL and MariaDB, as migrations need them: one at a time, and without deadlines.

These servers commit every change of a table at once, with all that came before it. A step that
fails half way leaves what it did until then, and is not recorded: keep steps to one change each,
or undo by hand what a failed one left before it is run again.
"""

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
from app.core.database.driver import SQL_MODE
from app.core.database.driver_errors import error_code
from app.core.database.settings import DatabaseSettings

LOCK_WAIT_SECONDS = 60

DIALECT = "mysql+asyncmy://"
"""All that SQLAlchemy is told: the rest of the URL is read by `connect`."""

OPTIONS: dict[str, Any] = {}
"""MySQL needs nothing special of Alembic."""

_ALWAYS_THERE = "information_schema"
"""The database of every server from which others are created."""

_UNKNOWN_DATABASE = 1049
_LOCK_WAIT_TIMEOUT = 1205


async def create_database(settings: DatabaseSettings) -> None:
    """Create the database, unless the server has it already."""
    try:
        async with _engine(settings) as engine, engine.connect():
            return
    except DBAPIError as error:
        if _code(error) != _UNKNOWN_DATABASE:
            raise
    await _create(settings)


@asynccontextmanager
async def exclusive_connection(
    settings: DatabaseSettings,
) -> AsyncIterator[AsyncConnection]:
    """Connect, and keep every other migration of this database out until the end.

    The lock belongs to the connection and goes with it, however the process ends.

    Raises:
        CommandError: this migration, or a table, stayed locked for too long.
    """
    async with _engine(settings) as engine, engine.connect() as connection:
        await _lock(connection, lock_name(settings))
        try:
            yield connection
        except DBAPIError as error:
            if _code(error) != _LOCK_WAIT_TIMEOUT:
                raise
            raise CommandError(
                f"Somebody else kept a table locked for {LOCK_WAIT_SECONDS} s. "
                "What the step did before that stays; see migrations/database.py.",
            ) from error


def lock_name(settings: DatabaseSettings) -> str:
    """Return what the lock is called: locks are the server's, not the database's.

    A name has at most 64 characters.
    """
    name = f"{service_info.NAME}/migrations/{settings.name}"
    return sha256(name.encode()).hexdigest()


async def _lock(connection: AsyncConnection, name: str) -> None:
    lock = func.get_lock(name, LOCK_WAIT_SECONDS)
    taken = await connection.scalar(select(lock))
    await connection.commit()
    if not taken:
        raise CommandError(
            f"Another process has been migrating for {LOCK_WAIT_SECONDS} s. "
            "Nothing was done; try again when it has finished.",
        )


async def _create(settings: DatabaseSettings) -> None:
    async with _engine(settings.renamed(_ALWAYS_THERE)) as engine:
        name = engine.dialect.identifier_preparer.quote_identifier(settings.name)
        async with engine.connect() as connection:
            await connection.exec_driver_sql(
                f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4",
            )


def _code(error: DBAPIError) -> int:
    """Return how MySQL tells errors apart; SQLAlchemy's own wraps that of the driver."""
    return error_code(error.orig) if isinstance(error.orig, Exception) else 0


@asynccontextmanager
async def _engine(settings: DatabaseSettings) -> AsyncIterator[AsyncEngine]:
    session = f"sql_mode = '{SQL_MODE}', lock_wait_timeout = {LOCK_WAIT_SECONDS}"
    preparation = [f"SET SESSION {session}"]
    engine = create_async_engine(
        DIALECT,
        async_creator=partial(connect, settings, preparation),
        poolclass=NullPool,
    )
    try:
        yield engine
    finally:
        await engine.dispose()
