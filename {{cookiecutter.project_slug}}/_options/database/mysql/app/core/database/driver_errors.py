"""What errors of MySQL and MariaDB mean."""

import re

from asyncmy.errors import InterfaceError, MySQLError

from app.core.database.errors import (
    BrokenReference,
    RepositoryError,
    StorageUnavailable,
    TransactionLost,
)

_DUPLICATE_ENTRY = 1062
_DEADLOCK = 1213
_BROKEN_REFERENCE = {
    1451,  # a row that is referred to would go
    1452,  # a row that is referred to is not there
}
_READ_ONLY = {
    1290,  # the server runs with --read-only
    1792,  # transactions are read-only
    1836,  # the server is in read-only mode
}
_SESSION_ENDED = {
    1053,  # server shutdown in progress
    1927,  # connection was killed
    3169,  # session was killed
    4031,  # the client was idle for too long
}
_UNAVAILABLE = {
    *_READ_ONLY,
    *_SESSION_ENDED,
    1021,  # disk full
    1037,  # out of memory
    1038,  # out of memory for sorting
    1040,  # too many connections
    1041,  # out of memory
    1044,  # access to the database denied
    1045,  # access denied
    1049,  # unknown database
    1129,  # this host is blocked
    1130,  # this host is not allowed to connect
    1135,  # no thread for a connection
    1203,  # too many connections of this user
    1205,  # lock wait timeout
    _DEADLOCK,
    1226,  # this user has used up a resource
    1317,  # query execution was interrupted
    1969,  # statement timeout (MariaDB)
    3024,  # statement timeout (MySQL)
}
_CONNECTION_FAILED = "08"
"""How SQLSTATEs begin that say: the connection failed, or this node does not serve."""

_CLIENT_ERRORS = range(2000, 3000)
"""The driver's own: it can't connect, or lost the connection."""


DRIVER_ERRORS = (MySQLError,)
"""Errors of the server, and those that the driver raises by itself."""


def translated(error: Exception) -> RepositoryError:
    """Return what an error of the driver means."""
    if error_code(error) == _DEADLOCK:
        return TransactionLost(reason(error))
    if is_unavailable(error):
        return StorageUnavailable(reason(error))
    if error_code(error) in _BROKEN_REFERENCE:
        return BrokenReference(_foreign_key(error), reason(error))
    return RepositoryError(reason(error))


def violated_constraint(error: MySQLError, sql: str) -> str | None:
    """Return the name of the key or unique constraint that was violated, if it was one.

    The server calls every table's primary key `PRIMARY`; the statement tells whose it is.
    """
    code, message = _code_and_message(error)
    if code != _DUPLICATE_ENTRY:
        return None
    found = re.search(r"for key '(?:.*\.)?([^'.]+)'$", message)
    if found and found[1] == "PRIMARY":
        table = re.match(r"INSERT INTO `?(\w+)", sql)
        return f"pk_{table[1]}" if table else None
    return found[1] if found else None


def _foreign_key(error: Exception) -> str:
    """Return the name of the foreign key that was violated; only the text tells."""
    found = re.search(r"CONSTRAINT [`\"](.+?)[`\"] FOREIGN KEY", str(error))
    return found[1] if found else ""


def is_unavailable(error: Exception) -> bool:
    """Return whether the same question may well be answered later.

    Source: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
    """
    code = error_code(error)
    if code in _UNAVAILABLE or code in _CLIENT_ERRORS:
        return True
    if isinstance(error, InterfaceError) and code == 0:
        return True  # the connection is closed
    return (getattr(error, "sqlstate", None) or "").startswith(_CONNECTION_FAILED)


def is_read_only(error: MySQLError) -> bool:
    """Return whether the server does not take writes any more."""
    return error_code(error) in _READ_ONLY


def is_spoiling(error: MySQLError) -> bool:
    """Return whether a connection is of no use after this error.

    That holds for errors that the driver raises by itself, without a code of the server.
    """
    code = error_code(error)
    is_of_the_driver = code == 0 or code in _CLIENT_ERRORS
    return is_of_the_driver or code in _SESSION_ENDED | _READ_ONLY


def reason(error: Exception) -> str:
    """Return what went wrong, without the values that it went wrong with."""
    code, message = _code_and_message(error)
    if code == 0:
        return type(error).__name__
    # Other messages quote the statement, with its values.
    is_harmless = code in _UNAVAILABLE or code in _CLIENT_ERRORS
    return f"{code}: {message}" if is_harmless else f"error {code}"


def error_code(error: Exception) -> int:
    """Return the number by which MySQL tells errors apart; 0 if it was not asked."""
    return _code_and_message(error)[0]


def _code_and_message(error: Exception) -> tuple[int, str]:
    if not isinstance(error, MySQLError):
        return 0, ""
    code, message, *_ = (*error.args, 0, "")
    return (code, str(message)) if isinstance(code, int) else (0, str(code))
