"""What storage may refuse of this service's own things; `app/core` has the errors of any storage."""

from app.core.database.errors import RepositoryError


class DuplicateUser(RepositoryError):
    """Another user has this id already."""

    is_refusal = True


class DuplicateEmail(RepositoryError):
    """Another user has this address already."""

    is_refusal = True


class StaleUser(RepositoryError):
    """The user was changed by somebody else since it was read, or is gone."""

    is_refusal = True
