"""What can go wrong with storage. Drivers' own errors never leave an implementation."""


class RepositoryError(Exception):
    """Storage could not do what it was asked."""


class StorageUnavailable(RepositoryError):
    """Storage did not answer, or not in time; nothing is known to be wrong with the question."""


class TransactionLost(StorageUnavailable):
    """Storage undid the transaction for the sake of another one: begin it again."""


class DuplicateKey(RepositoryError):
    """There is a record of another request with this idempotency key."""


class DuplicateEmail(RepositoryError):
    """Another user has this address already."""


class StaleUser(RepositoryError):
    """The user was changed by somebody else since it was read, or is gone."""
