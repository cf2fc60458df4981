"""Between tests, the database is emptied."""

from app.core.database import DatabaseSettings
from app.repositories.database.driver import open_engines
from app.repositories.database.tables import metadata


async def empty(settings: DatabaseSettings) -> None:
    """Delete every row of every table."""
    async with (
        open_engines(settings) as engines,
        engines.writes.engine.begin() as connection,
    ):
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())
