"""From the driver's errors to those of repositories."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from app.core.database.errors import (
    ConstraintViolated,
    RepositoryError,
    StorageUnavailable,
    TransactionLost,
)
from app.core.deadline import remaining

DRIVER_FAILURES = (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Errors of the network and the driver, not of the server."""

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


def connect_error(error: Exception) -> RepositoryError:
    """Return what it means that a driver raised this while it connected."""
    return StorageUnavailable(_reason(error))


@asynccontextmanager
async def translated_errors(limit: float) -> AsyncIterator[None]:
    """Run the body within so many seconds, and let only repository errors out.

    It has less time if the caller has. When the time is over the driver is cancelled, and
    sees to it that the database stops as well.

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
    except asyncpg.PostgresError as error:
        raise _translated(error) from None
    except DRIVER_FAILURES as error:
        raise StorageUnavailable(_reason(error)) from None


def _translated(error: asyncpg.PostgresError) -> RepositoryError:
    """Return what an error of the server means; asyncpg's class says what its SQLSTATE does."""
    state, name = error.sqlstate or "", type(error).__name__
    if state.startswith(LOST):
        return TransactionLost(name)
    if state.startswith(UNAVAILABLE) or ends_session(error):
        return StorageUnavailable(name)
    constraint = getattr(error, "constraint_name", None)
    if isinstance(error, asyncpg.UniqueViolationError) and constraint:
        return ConstraintViolated(constraint, name)
    return RepositoryError(name)


def _reason(error: Exception) -> str:
    """Return what went wrong; texts of the driver may hold statements and credentials."""
    name = type(error).__name__
    is_harmless = isinstance(error, OSError | asyncpg.ClientConfigurationError)
    return f"{name}: {error}" if is_harmless else name
