"""MongoDB, as migrations need it: one process at a time, and without deadlines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_preferences import ReadPreference

from app.core.database import error_translation
from app.core.database.client import (
    NoTransactions,
    open_client,
    require_transactions,
)
from app.core.database.settings import DatabaseSettings
from migrations.errors import MigrationError
from migrations.lock import exclusive
from migrations.operations import Database


@asynccontextmanager
async def open_database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Open a database.

    Raises:
        MigrationError: it can't be used; the message says why.
    """
    try:
        async with open_client(settings, deadline=None) as client:
            await require_transactions(client)
            yield client.get_database(
                settings.name,
                read_preference=ReadPreference.PRIMARY,
            )
    except (PyMongoError, NoTransactions) as error:
        text = f"The database can't be used: {reason(error)}. Is DATABASE__URL right?"
        raise MigrationError(text) from error


@asynccontextmanager
async def exclusive_database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    """Open a database, and keep other processes from migrating it meanwhile.

    Raises:
        MigrationError: it can't be used, or another process did not come to an end.
    """
    async with open_database(settings) as database, exclusive(database):
        yield database


def reason(error: Exception) -> str:
    """Name the cause in a line, without values of documents."""
    if isinstance(error, NoTransactions):
        return str(error)
    if isinstance(error, OperationFailure):
        told = (error.details or {}).get("errmsg", "").partition(" dup key: ")[0]
        return f"{error_translation.reason(error)}: {told.rstrip('.')}"
    return error_translation.reason(error)
