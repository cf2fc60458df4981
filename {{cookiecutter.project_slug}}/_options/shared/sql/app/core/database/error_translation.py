"""From the driver's errors to those of repositories."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.database.driver_errors import DRIVER_ERRORS, reason, translated
from app.core.database.errors import RepositoryError, StorageUnavailable
from app.core.deadline import remaining

STATEMENT_ERRORS = (OSError, OverflowError, UnicodeError, *DRIVER_ERRORS)
"""What a statement may raise that repositories must not."""


def connect_error(error: Exception) -> RepositoryError:
    """Return what it means that a driver raised this while it connected."""
    if isinstance(error, OSError):
        return StorageUnavailable(f"{type(error).__name__}: {error}")
    return StorageUnavailable(reason(error))


def statement_error(error: Exception) -> RepositoryError:
    """Return what it means that a statement raised this, or that its time was over."""
    if isinstance(error, TimeoutError):
        return StorageUnavailable("no answer in time")
    if isinstance(error, OSError):
        return connect_error(error)
    if isinstance(error, DRIVER_ERRORS):
        return translated(error)
    return RepositoryError(f"not storable: {type(error).__name__}")


@asynccontextmanager
async def translated_errors(limit: float) -> AsyncIterator[None]:
    """Run the body within so many seconds, and let only repository errors out.

    It has less time if the caller has. When the time is over the caller stops waiting, and
    the driver or the pool sees to it that the database stops as well.

    What a driver says may hold statements and personal data. Its errors end here, also as
    the cause of others: logs show causes.

    Raises:
        StorageUnavailable: the database is out of reach, or too slow.
        ConstraintViolated: a key, unique constraint or foreign key is violated.
        RepositoryError: something is wrong that waiting does not mend.
    """
    try:
        async with asyncio.timeout(remaining(limit)):
            yield
    except STATEMENT_ERRORS as error:
        raise statement_error(error) from None
