"""From the driver's errors to those of repositories."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pymongo
from bson.errors import BSONError
from pymongo.errors import (
    ConnectionFailure,
    DuplicateKeyError,
    OperationFailure,
    PyMongoError,
)

from app.core.deadline import remaining
from app.repositories.database.client import NoTransactions
from app.repositories.interfaces.errors import (
    DuplicateEmail,
    DuplicateKey,
    DuplicateUser,
    RepositoryError,
    StorageUnavailable,
)

UNIQUE_INDEXES: dict[str, type[RepositoryError]] = {
    "idempotency_keys._id_": DuplicateKey,
    "users._id_": DuplicateUser,
    "users.uq_users_email": DuplicateEmail,
}

GRACE_SECONDS = 0.2
"""The driver's deadline comes first: the server keeps it too, and it comes with a reason. This
much later, whatever else the driver waits for is cut short."""

_UNAVAILABLE_LABELS = (
    "TransientTransactionError",
    "UnknownTransactionCommitResult",
    "RetryableWriteError",
)

_UNAVAILABLE_CODES = frozenset(
    {
        18,  # AuthenticationFailed
        20,  # IllegalOperation: a transaction on a server that is in no replica set
    },
)

_APPENDIX = re.compile(r",? (\(configured|Timeout:|full error:) .*", re.DOTALL)
"""What the driver knows besides: the whole topology, the whole answer."""

_INDEX = re.compile(r" collection: [^.\s]+\.(\S+) index: (\S+) dup key: ")


@asynccontextmanager
async def translated_errors(limit: float) -> AsyncIterator[None]:
    """Run the body within so many seconds, and let only repository errors out.

    It has less time if whoever calls has.

    The driver's errors are cut off: their texts quote documents, which hold personal data.

    Raises:
        StorageUnavailable: the database is out of reach, or too slow.
        RepositoryError: an index is violated; `UNIQUE_INDEXES` says which error it becomes.
    """
    seconds = remaining(limit)
    try:
        with pymongo.timeout(seconds):
            async with asyncio.timeout(seconds + GRACE_SECONDS):
                yield
    except TimeoutError:
        raise StorageUnavailable(f"no answer within {seconds:.3g} s") from None
    except NoTransactions as error:
        raise StorageUnavailable(str(error)) from None
    except (PyMongoError, BSONError, OverflowError, UnicodeError) as error:
        raise _translated(error) from None


def reason(error: Exception) -> str:
    """Name the cause without anything that was stored or asked for."""
    if isinstance(error, OperationFailure):
        name = (error.details or {}).get("codeName", type(error).__name__)
        return f"{name} ({error.code})"
    if isinstance(error, ConnectionFailure):
        text = _APPENDIX.sub("", str(error))
        return f"{type(error).__name__}: {text}"
    return type(error).__name__


def _translated(error: Exception) -> RepositoryError:
    if isinstance(error, DuplicateKeyError):
        translated = UNIQUE_INDEXES.get(violated_index(error) or "", RepositoryError)
        return translated(reason(error))
    if _is_unavailable(error):
        return StorageUnavailable(reason(error))
    return RepositoryError(reason(error))


def violated_index(error: DuplicateKeyError) -> str | None:
    """Return which unique index was violated, with its collection; only the text tells."""
    found = _INDEX.search((error.details or {}).get("errmsg", ""))
    return f"{found[1]}.{found[2]}" if found else None


def _is_unavailable(error: Exception) -> bool:
    if isinstance(error, ConnectionFailure):
        return True
    if not isinstance(error, PyMongoError):
        return False
    if getattr(error, "code", None) in _UNAVAILABLE_CODES:
        return True
    return error.timeout or any(map(error.has_error_label, _UNAVAILABLE_LABELS))
