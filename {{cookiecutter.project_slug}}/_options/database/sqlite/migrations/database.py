"""SQLite, as migrations need it: one at a time, and without deadlines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import NullPool, event
from sqlalchemy.engine.interfaces import AdaptedConnection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from app.core.database.connection import connect
from app.core.database.driver import PREPARATION, uri
from app.core.database.settings import DatabaseSettings

LOCK_WAIT_SECONDS = 60

DIALECT = "sqlite+aiosqlite://"
"""All that SQLAlchemy is told: `connect` reads the settings."""

OPTIONS: dict[str, Any] = {"render_as_batch": True}
"""SQLite can't alter most things: Alembic copies the table instead."""


async def create_database(settings: DatabaseSettings) -> None:
    """Make the folder that the file will lie in; SQLite makes the file."""
    Path(settings.path).parent.mkdir(parents=True, exist_ok=True)


@asynccontextmanager
async def exclusive_connection(
    settings: DatabaseSettings,
) -> AsyncIterator[AsyncConnection]:
    """Begin a transaction that holds the file's write lock, and commit it at the end."""
    engine = create_async_engine(
        DIALECT,
        async_creator=partial(connect, uri(settings), LOCK_WAIT_SECONDS, PREPARATION),
        poolclass=NullPool,
    )
    event.listen(engine.sync_engine, "begin", _begin)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


def _begin(connection: SyncConnection) -> None:
    """Take the lock: SQLAlchemy leaves it to the first statement that writes."""
    adapted = cast(AdaptedConnection, connection.connection.dbapi_connection)
    adapted.run_async(lambda file: file.begin())
