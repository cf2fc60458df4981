"""Connections to the real database, counted."""

from app.core.database.settings import DatabaseSettings
from app.core.database.storage import PoolUsage
from app.models.user import UserQuery
from app.repositories.database import open_storage


async def test_connections_are_counted_while_they_are_used(
    database_settings: DatabaseSettings,
) -> None:
    async with open_storage(database_settings) as storage:
        before = storage.pool_usage()
        async with storage.unit_of_work() as work:
            await work.users.list(UserQuery(size=1))
            during = storage.pool_usage()
        after = storage.pool_usage()

    assert before == PoolUsage()
    assert during.open >= 1
    assert during.in_use <= during.open
    assert after.open >= 1
    assert (after.in_use, after.waiting) == (0, 0)
