"""What errors of SQLite mean."""

import sqlite3

from app.core.database.errors import (
    BrokenReference,
    ConstraintViolated,
    RepositoryError,
    StorageUnavailable,
    TransactionLost,
)

DRIVER_ERRORS = (sqlite3.Error,)
"""Errors of SQLite, and those that the driver raises by itself."""

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


def is_read_only(error: sqlite3.Error) -> bool:
    """Return whether the file can't be written any more."""
    return result_code(error) == sqlite3.SQLITE_READONLY


def is_locked(error: sqlite3.Error) -> bool:
    """Return whether somebody else has a lock, and waiting for it may help."""
    is_late = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY_SNAPSHOT
    return result_code(error) == sqlite3.SQLITE_BUSY and not is_late


def result_code(error: Exception) -> int:
    """Return SQLite's result code: the lowest byte of an extended one; 0 for other errors.

    Source: https://www.sqlite.org/rescode.html
    """
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def translated(error: Exception) -> RepositoryError:
    """Return what an error of SQLite means."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY_SNAPSHOT:
        # The transaction began before another one wrote, and can't write now.
        return TransactionLost(reason(error))
    if result_code(error) in UNAVAILABLE:
        return StorageUnavailable(reason(error))
    name = _violated_constraint(error)
    if name is not None:
        return ConstraintViolated(name, reason(error))
    if reason(error) == "SQLITE_CONSTRAINT_FOREIGNKEY":
        return BrokenReference("", reason(error))  # SQLite does not say which one
    return RepositoryError(reason(error))


def reason(error: Exception) -> str:
    """Return what went wrong, without the values that it went wrong with."""
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def _violated_constraint(error: Exception) -> str | None:
    """Return the name of the key or unique constraint that was violated, if it was one."""
    _, found, columns = str(error).partition("UNIQUE constraint failed: ")
    if not found:
        return None
    table = columns.partition(".")[0]
    if reason(error) == "SQLITE_CONSTRAINT_PRIMARYKEY":
        return f"pk_{table}"
    names = (column.rpartition(".")[2] for column in columns.split(", "))
    return f"uq_{table}_{'_'.join(names)}"
