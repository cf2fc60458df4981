"""What errors of PostgreSQL and asyncpg mean."""

import asyncpg

from app.core.database.errors import (
    BrokenReference,
    ConstraintViolated,
    RepositoryError,
    StorageUnavailable,
    TransactionLost,
)

DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""Errors of the server, and those that the driver raises by itself."""

LOST = "40"
"""How SQLSTATEs begin that say: the transaction was undone for the sake of another one."""

UNAVAILABLE = (
    "08",  # the connection failed
    "25",  # the transaction was ended from outside, or this server is read-only now
    "28",  # the credentials are refused
    "3D",  # there is no such database
    "53",  # connections, memory or disk are used up
    "55P03",  # a lock was not to be had in time
    "57",  # the server cancelled the statement, or is starting or stopping
    "58",  # the server's disk fails
)
"""How SQLSTATEs begin that say: not now. Trying again later may help.

Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

READ_ONLY = "25006"
"""The SQLSTATE of a write that a server refuses because it is a standby now."""


def ends_session(error: asyncpg.PostgresError) -> bool:
    """Return whether the server closes the connection with this error.

    Source: https://www.postgresql.org/docs/current/protocol-error-fields.html
    """
    return getattr(error, "severity_en", None) in {"FATAL", "PANIC"}


def translated(error: Exception) -> RepositoryError:
    """Return what an error means; asyncpg's class says what the server's SQLSTATE does."""
    if not isinstance(error, asyncpg.PostgresError):
        return StorageUnavailable(reason(error))
    state, name = error.sqlstate or "", type(error).__name__
    if state.startswith(LOST):
        return TransactionLost(name)
    if state.startswith(UNAVAILABLE) or ends_session(error):
        return StorageUnavailable(name)
    constraint = getattr(error, "constraint_name", None)
    if isinstance(error, asyncpg.UniqueViolationError) and constraint:
        return ConstraintViolated(constraint, name)
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return BrokenReference(constraint or "", name)
    return RepositoryError(name)


def reason(error: Exception) -> str:
    """Return what went wrong; texts of the driver may hold statements and credentials."""
    name = type(error).__name__
    is_harmless = isinstance(error, asyncpg.ClientConfigurationError)
    return f"{name}: {error}" if is_harmless else name
