"""Between tests, the database is emptied."""

from app.core.database.driver import open_engines
from app.core.database.sessions import WriteSession
from app.core.database.settings import DatabaseSettings
from app.repositories.database import metadata

DEADLINE = 30


async def empty(settings: DatabaseSettings) -> None:
    """Delete every row of every table."""
    async with (
        open_engines(settings) as engines,
        engines.writes.connect() as connection,
    ):
        session = WriteSession(connection, DEADLINE)
        for table in reversed(metadata.sorted_tables):
            await session.write(table.delete())
        await session.commit()
