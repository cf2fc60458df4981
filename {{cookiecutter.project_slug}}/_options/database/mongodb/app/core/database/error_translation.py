"""From the driver's errors to those of repositories."""

import re

from bson.errors import BSONError
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    InvalidOperation,
    OperationFailure,
    ProtocolError,
    PyMongoError,
)

from app.core.database.client import NoTransactions
from app.core.database.errors import (
    ConstraintViolated,
    RepositoryError,
    StorageUnavailable,
)

DRIVER_ERRORS = (
    PyMongoError,
    NoTransactions,
    BSONError,
    OverflowError,
    UnicodeError,
    OSError,
    RuntimeError,
)
"""What the driver raises: also what sockets, TLS and its own locks do, of which it lets some out."""

_NO_CONNECTION = (
    ConnectionFailure,
    ProtocolError,
    InvalidOperation,  # of a client that is closed, or a session that has ended
    ConfigurationError,  # the server speaks another version, or cannot authenticate
    NoTransactions,
    OSError,
    RuntimeError,
)

_UNAVAILABLE_LABELS = (
    "TransientTransactionError",
    "UnknownTransactionCommitResult",
    "RetryableWriteError",
)

_UNAVAILABLE_CODES = frozenset(
    {
        18,  # AuthenticationFailed
        20,  # IllegalOperation: a transaction on a server that is in no replica set
        94,  # NotYetInitialized: it starts, and does not know its replica set yet
        11601,  # Interrupted
        # Source: https://github.com/mongodb/specifications/blob/master/source/retryable-reads/retryable-reads.md
        6,  # HostUnreachable
        7,  # HostNotFound
        89,  # NetworkTimeout
        91,  # ShutdownInProgress
        134,  # ReadConcernMajorityNotAvailableYet
        189,  # PrimarySteppedDown
        262,  # ExceededTimeLimit
        9001,  # SocketException
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
    },
)

_APPENDIX = re.compile(r",? (\(configured|Timeout:|full error:) .*", re.DOTALL)
"""What the driver knows besides: the whole topology, the whole answer."""

_INDEX = re.compile(r" collection: [^.\s]+\.(\S+) index: (\S+) dup key: ")


def reason(error: Exception) -> str:
    """Name the cause without anything that was stored or asked for."""
    if isinstance(error, OperationFailure):
        name = (error.details or {}).get("codeName", type(error).__name__)
        return f"{name} ({error.code})"
    if isinstance(error, ConnectionFailure):
        text = _APPENDIX.sub("", str(error))
        return f"{type(error).__name__}: {text}"
    if isinstance(error, NoTransactions):
        return str(error)
    return type(error).__name__


def translated(error: Exception) -> RepositoryError:
    """Return the error of repositories that one of the driver becomes."""
    if isinstance(error, DuplicateKeyError):
        index = violated_index(error)
        if index is None:
            return RepositoryError(reason(error))
        return ConstraintViolated(index, reason(error))
    if _is_unavailable(error):
        return StorageUnavailable(reason(error))
    return RepositoryError(reason(error))


def violated_index(error: DuplicateKeyError) -> str | None:
    """Return which unique index was violated, with its collection; only the text tells."""
    found = _INDEX.search((error.details or {}).get("errmsg", ""))
    return f"{found[1]}.{found[2]}" if found else None


def _is_unavailable(error: Exception) -> bool:
    if isinstance(error, _NO_CONNECTION):
        return True
    if not isinstance(error, PyMongoError):
        return False
    if getattr(error, "code", None) in _UNAVAILABLE_CODES:
        return True
    return error.timeout or any(map(error.has_error_label, _UNAVAILABLE_LABELS))
