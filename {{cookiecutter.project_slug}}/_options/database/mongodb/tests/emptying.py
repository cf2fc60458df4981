"""Between tests, the database is emptied."""

from app.core.database.client import open_client
from app.core.database.settings import DatabaseSettings
from app.repositories.database import COLLECTIONS


async def empty(settings: DatabaseSettings) -> None:
    """Delete every document of every collection."""
    async with open_client(settings, settings.deadline) as client:
        for collection in COLLECTIONS:
            await client[settings.name][collection.name].delete_many({})
