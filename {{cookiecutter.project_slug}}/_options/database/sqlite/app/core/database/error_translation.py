"""From the driver's errors to those of repositories."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.database.errors import (
    ConstraintViolated,
    RepositoryError,
    StorageUnavailable,
    TransactionLost,
)
from app.core.deadline import remaining

SPOILING = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
"""The file is gone, was replaced, or can't be used: opening it again may help."""

UNAVAILABLE = {
    *SPOILING,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
}
"""Result codes that say: not now. Trying again later may help."""


def connect_error(error: Exception) -> RepositoryError:
    """Return what it means that a driver raised this while it connected."""
    return StorageUnavailable(_reason(error))


@asynccontextmanager
async def translated_errors(limit: float) -> AsyncIterator[None]:
    """Run the body within so many seconds, and let only repository errors out.

    It has less time if the caller has. When the time is over the caller stops waiting, and
    the pool sees to it that SQLite stops as well.

    What a driver says may hold statements and personal data. Its errors end here, also as
    the cause of others: logs show causes.

    Raises:
        StorageUnavailable: the database is out of reach, or too slow.
        ConstraintViolated: a key or unique constraint is violated.
        RepositoryError: something is wrong that waiting does not mend.
    """
    try:
        async with asyncio.timeout(remaining(limit)):
            yield
    except TimeoutError:
        raise StorageUnavailable("no answer in time") from None
    except OSError as error:
        raise StorageUnavailable(f"{type(error).__name__}: {error}") from None
    except sqlite3.Error as error:
        raise _translated(error) from None
    except (OverflowError, UnicodeError) as error:
        raise RepositoryError(f"not storable: {type(error).__name__}") from None


def is_read_only(error: sqlite3.Error) -> bool:
    """Return whether the file can't be written any more."""
    return result_code(error) == sqlite3.SQLITE_READONLY


def is_locked(error: sqlite3.Error) -> bool:
    """Return whether somebody else has a lock, and waiting for it may help."""
    is_late = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY_SNAPSHOT
    return result_code(error) == sqlite3.SQLITE_BUSY and not is_late


def result_code(error: sqlite3.Error) -> int:
    """Return SQLite's result code: the lowest byte of an extended one; 0 for other errors.

    Source: https://www.sqlite.org/rescode.html
    """
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _translated(error: sqlite3.Error) -> RepositoryError:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY_SNAPSHOT:
        # The transaction began before another one wrote, and can't write now.
        return TransactionLost(_reason(error))
    if result_code(error) in UNAVAILABLE:
        return StorageUnavailable(_reason(error))
    name = _violated_constraint(error)
    if name is not None:
        return ConstraintViolated(name, _reason(error))
    return RepositoryError(_reason(error))


def _violated_constraint(error: sqlite3.Error) -> str | None:
    """Return the name of the key or unique constraint that was violated, if it was one."""
    _, found, columns = str(error).partition("UNIQUE constraint failed: ")
    if not found:
        return None
    table = columns.partition(".")[0]
    if _reason(error) == "SQLITE_CONSTRAINT_PRIMARYKEY":
        return f"pk_{table}"
    names = (column.rpartition(".")[2] for column in columns.split(", "))
    return f"uq_{table}_{'_'.join(names)}"


def _reason(error: Exception) -> str:
    """Return what went wrong, without the values that it went wrong with."""
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
