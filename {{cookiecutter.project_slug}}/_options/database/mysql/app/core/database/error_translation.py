"""From drivers' errors to those of repositories."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from app.core.database.driver_errors import (
    is_lost,
    is_unavailable,
    reason,
    violated_constraint,
)
from app.core.database.errors import (
    ConstraintViolated,
    RepositoryError,
    StorageUnavailable,
    TransactionLost,
)
from app.core.deadline import remaining


def connect_error(error: Exception) -> RepositoryError:
    """Return what it means that a driver raised this while it connected."""
    return StorageUnavailable(reason(error))


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
    except OSError as error:
        raise StorageUnavailable(f"{type(error).__name__}: {error}") from None
    except StatementError as error:
        raise _translated(error) from None


def _translated(error: StatementError) -> RepositoryError:
    if not isinstance(error, DBAPIError):
        return RepositoryError(f"not storable: {type(error.orig).__name__}")
    if is_lost(error):
        return TransactionLost(reason(error))
    if error.connection_invalidated or is_unavailable(error):
        return StorageUnavailable(reason(error))
    if isinstance(error, IntegrityError):
        name = violated_constraint(error)
        if name is not None:
            return ConstraintViolated(name, reason(error))
    return RepositoryError(reason(error))
