"""SQLite, as migrations need it: one at a time, and without deadlines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database.driver import open_engines
from app.core.database.settings import DatabaseSettings

LOCK_WAIT_SECONDS = 60

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
    patient = settings.model_copy(update={"lock_wait": LOCK_WAIT_SECONDS})
    async with (
        open_engines(patient) as engines,
        engines.writes.connect() as connection,
        connection.begin(),
    ):
        yield connection
