"""A statement that takes its time, and whether this process works on it."""

import threading
from typing import Any

from sqlalchemy import Select, literal_column, select

from app.core.database.settings import DatabaseSettings

_COUNTED = """
    (WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted)
    SELECT count(*) FROM counted)
"""

SLOW: Select[Any] = select(literal_column(_COUNTED))
"""There is no end to them."""


async def running(_settings: DatabaseSettings) -> int:
    """Return how many connections are open: one has a thread, which ends its work first."""
    names = [thread.name for thread in threading.enumerate()]
    return sum("_connection_worker_thread" in name for name in names)
