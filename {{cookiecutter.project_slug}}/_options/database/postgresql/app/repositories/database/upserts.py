"""Writing to a row whether or not it is there yet, in one statement."""

from sqlalchemy import Insert, Table, bindparam
from sqlalchemy.dialects.postgresql import insert


def incremented(table: Table, *, key: str, counter: str) -> Insert:
    """Return what adds one to a column of the row with a key; a new row begins with one.

    The value of the key is given when it is executed, by the name of its column.
    """
    added = insert(table).values({key: bindparam(key), counter: 1})
    return added.on_conflict_do_update(
        index_elements=[key],
        set_={counter: table.c[counter] + 1},
    )
