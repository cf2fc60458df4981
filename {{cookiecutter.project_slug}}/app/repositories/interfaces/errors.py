"""What can go wrong with storage. Drivers' own errors never leave an implementation."""


class RepositoryError(Exception):
    """Storage could not do what it was asked."""


class StorageUnavailable(RepositoryError):
    """Storage did not answer, or not in time; nothing is known to be wrong with the question."""


class DuplicateUser(RepositoryError):
    """Another user has this id already."""


class DuplicateEmail(RepositoryError):
    """Another user has this address already."""


class StaleUser(RepositoryError):
    """The user was changed by somebody else since it was read, or is gone."""
