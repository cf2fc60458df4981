"""What can go wrong with storage. Drivers' own errors never leave an implementation."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

from app.core.events.outbox_message import MAX_REASON_LENGTH


class RepositoryError(Exception):
    """Storage could not do what it was asked.

    Most are failures; what storage rightly refuses says so.
    """

    is_refusal: ClassVar[bool] = False


class StorageUnavailable(RepositoryError):
    """Storage did not answer, or not in time; nothing is known to be wrong with the question."""


class TransactionLost(StorageUnavailable):
    """Storage undid the transaction for the sake of another one: begin it again."""


class DuplicateKey(RepositoryError):
    """There is a record of another request with this idempotency key."""

    is_refusal = True


class DuplicateEntity(RepositoryError):
    """Another entity has this id already."""

    is_refusal = True


class StaleEntity(RepositoryError):
    """The entity was changed by another transaction since it was read, or is gone."""

    is_refusal = True


class StaleDelivery(RepositoryError):
    """Somebody else delivers the event by now, or it is delivered."""

    is_refusal = True


class ConstraintViolated(RepositoryError):
    """A write violates the key, unique constraint or foreign key with this name."""

    def __init__(self, constraint: str, reason: str) -> None:
        self.constraint = constraint
        super().__init__(reason)


class BrokenReference(ConstraintViolated):
    """A write would leave a reference to a row that is not there.

    `constraint` names the foreign key; it is empty where the database does not tell.
    """

    is_refusal = True

    def __init__(self, constraint: str = "", reason: str = "") -> None:
        super().__init__(constraint, reason)


ConstraintErrors = Mapping[str, type[RepositoryError]]
"""Which error the violation of a constraint becomes, by the constraint's name."""


@contextmanager
def constraint_errors(errors: ConstraintErrors) -> Iterator[None]:
    """Raise the error that stands for a constraint which the body violates.

    Raises:
        RepositoryError: `errors` says which one; the base class for any other constraint.
        BrokenReference: a foreign key is violated, and `errors` has no other error for it.
    """
    try:
        yield
    except ConstraintViolated as violated:
        error = errors.get(violated.constraint)
        if error is None and isinstance(violated, BrokenReference):
            raise
        raise (error or RepositoryError)(str(violated)) from None


def reason_of(error: Exception) -> str:
    """Name what went wrong without personal data, which only repositories keep out of texts."""
    reason = type(error).__name__
    if isinstance(error, RepositoryError) and str(error):
        reason = f"{reason}: {error}"
    return reason[:MAX_REASON_LENGTH]
