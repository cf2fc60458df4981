"""From drivers' errors to those of repositories."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from app.repositories.database.driver import (
    CONNECTION_ERRORS,
    is_passing,
    violated_constraint,
)
from app.repositories.interfaces.errors import (
    DuplicateEmail,
    RepositoryError,
    StorageUnavailable,
)

UNREACHABLE: tuple[type[Exception], ...] = (
    OSError,
    NoConnectionFree,
    *CONNECTION_ERRORS,
)

CONSTRAINTS: dict[str, type[RepositoryError]] = {
    "uq_users_email": DuplicateEmail,
}


@asynccontextmanager
async def translated_errors(deadline: float) -> AsyncIterator[None]:
    """Run the body within a deadline in seconds, and let only repository errors out.

    Raises:
        StorageUnavailable: the database is out of reach, or too slow.
        RepositoryError: a constraint is violated; `CONSTRAINTS` says which error it becomes.
    """
    try:
        async with asyncio.timeout(deadline):
            yield
    except IntegrityError as error:
        translated = CONSTRAINTS.get(violated_constraint(error) or "")
        if translated is None:
            raise
        raise translated from error
    except DBAPIError as error:
        if not (error.connection_invalidated or is_passing(error)):
            raise
        raise StorageUnavailable(_reason(error)) from error
    except UNREACHABLE as error:
        raise StorageUnavailable(_reason(error)) from error


def _reason(error: Exception) -> str:
    """Name the cause without statement or parameters, which may hold personal data."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(cause).__name__}: {cause}"
