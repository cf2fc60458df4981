"""A statement that takes its time, and whether the server works on it."""

from sqlalchemy import func, select

from app.core.database.connection import connect
from app.core.database.settings import DatabaseSettings

SLOW = select(func.pg_sleep(60))

_RUNNING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'
"""


async def running(settings: DatabaseSettings) -> int:
    """Return how many times it is running in a database."""
    connection = await connect(settings, parameters={})
    try:
        return int(await connection.fetchval(_RUNNING))
    finally:
        await connection.dismiss()
