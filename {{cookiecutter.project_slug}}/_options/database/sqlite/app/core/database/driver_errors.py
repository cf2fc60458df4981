"""What errors of SQLite mean."""

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError

_SPOILING = {
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
"""The file is gone, was replaced, or can't be used: opening it again may help."""

_UNAVAILABLE = {
    *_SPOILING,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
}


def violated_constraint(error: IntegrityError) -> str | None:
    """Return the name of the key or unique constraint that was violated, if it was one."""
    _, found, columns = str(error.orig).partition("UNIQUE constraint failed: ")
    if not found:
        return None
    table = columns.partition(".")[0]
    if reason(error) == "SQLITE_CONSTRAINT_PRIMARYKEY":
        return f"pk_{table}"
    names = (column.rpartition(".")[2] for column in columns.split(", "))
    return f"uq_{table}_{'_'.join(names)}"


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the file can't be used now, and may be later."""
    return result_code(error.orig) in _UNAVAILABLE


def is_lost(error: DBAPIError) -> bool:
    """Return whether the transaction began before another one wrote, and can't write now."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_BUSY_SNAPSHOT


def is_read_only(error: DBAPIError) -> bool:
    """Return whether the file can't be written any more."""
    return result_code(error.orig) == sqlite3.SQLITE_READONLY


def is_spoiling(error: DBAPIError) -> bool:
    """Return whether a connection is of no use after this error."""
    return result_code(error.orig) in _SPOILING


def reason(error: Exception) -> str:
    """Return what went wrong, without the values that it went wrong with."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(cause, "sqlite_errorname", type(cause).__name__))


def result_code(error: BaseException | None) -> int:
    """Return SQLite's result code: the lowest byte of an extended one; 0 for other errors.

    Source: https://www.sqlite.org/rescode.html
    """
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
