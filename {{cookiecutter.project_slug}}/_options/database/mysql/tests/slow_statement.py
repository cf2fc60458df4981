"""A statement that takes its time, and whether the server works on it."""

from sqlalchemy import func, select, text

from app.core.database.connection import connect
from app.core.database.settings import DatabaseSettings

SLOW = select(func.count()).select_from(
    text(", ".join(f"information_schema.collations {name}" for name in "abcdef")),
)
"""Pairs, and pairs of pairs. A server that sleeps looks up only every five seconds."""

_RUNNING = """
    SELECT count(*) FROM information_schema.processlist
    WHERE db = database() AND info LIKE '%information_schema.collations%'
    AND id <> connection_id()
"""


async def running(settings: DatabaseSettings) -> int:
    """Return how many times it is running in a database."""
    connection = await connect(settings)
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(_RUNNING)
            [count] = await cursor.fetchone()
        return int(count)
    finally:
        await connection.ensure_closed()
