"""Writing to a row whether or not it is there yet, in one statement."""

from collections.abc import Mapping

from sqlalchemy import Insert, Table
from sqlalchemy.dialects.postgresql import insert


def incremented(table: Table, key: Mapping[str, object], counter: str) -> Insert:
    """Add one to a column of the row with this key; a new row begins with one."""
    added = insert(table).values(**key, **{counter: 1})
    return added.on_conflict_do_update(
        index_elements=list(key),
        set_={counter: table.c[counter] + 1},
    )
