"""Between tests, the database is emptied."""

import sqlite3
from contextlib import closing

from app.core.database.settings import DatabaseSettings
from app.core.database.types import DIALECT
from app.repositories.database import metadata
from tests.database import PATIENCE


async def empty(settings: DatabaseSettings) -> None:
    """Delete every row of every table."""
    file = sqlite3.connect(settings.path, timeout=PATIENCE)
    with closing(file) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")  # what tests leave need not last
        for table in reversed(metadata.sorted_tables):
            connection.execute(str(table.delete().compile(dialect=DIALECT)))
