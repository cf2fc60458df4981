"""Writing to a row whether or not it is there yet, in one statement."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects.mysql import insert


def upsert(
    table: Table,
    values: Mapping[str, Any],
    *,
    changes: Mapping[str, Any],
) -> Insert:
    """Return what adds a row, or changes the one that has its primary key."""
    added = insert(table).values(values)
    return added.on_duplicate_key_update(changes)
