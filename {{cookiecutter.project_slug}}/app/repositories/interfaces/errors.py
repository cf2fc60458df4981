"""What can go wrong with storage. Drivers' own errors never leave an implementation."""

from typing import ClassVar


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


class DuplicateUser(RepositoryError):
    """Another user has this id already."""

    is_refusal = True


class DuplicateEmail(RepositoryError):
    """Another user has this address already."""

    is_refusal = True


class StaleUser(RepositoryError):
    """The user was changed by somebody else since it was read, or is gone."""

    is_refusal = True


class StaleDelivery(RepositoryError):
    """Somebody else delivers the event by now, or it is delivered."""

    is_refusal = True
