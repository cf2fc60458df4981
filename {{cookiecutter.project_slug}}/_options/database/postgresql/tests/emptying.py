"""Between tests, the database is emptied."""

from sqlalchemy.dialects import postgresql

from app.core.database.connection import connect
from app.core.database.settings import DatabaseSettings
from app.repositories.database import metadata

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_DELETIONS = [table.delete() for table in reversed(metadata.sorted_tables)]
_DELETE = "; ".join(str(deletion.compile(dialect=_DIALECT)) for deletion in _DELETIONS)


async def empty(settings: DatabaseSettings) -> None:
    """Delete every row of every table."""
    connection = await connect(settings, parameters={})
    try:
        await connection.execute(_DELETE)
    finally:
        await connection.dismiss()
