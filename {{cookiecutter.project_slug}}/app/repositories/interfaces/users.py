"""Storage of users."""

from abc import abstractmethod

from app.core.database.errors import RepositoryError
from app.core.database.repository import Reader, Repository
from app.models.statistics import UserCounts
from app.models.user import User


class DuplicateUser(RepositoryError):
    """Another user has this id already."""

    is_refusal = True


class DuplicateEmail(RepositoryError):
    """Another user has this address already."""

    is_refusal = True


class UserRepository(Reader[User]):
    """Users that can be read. Every implementation passes `tests/contract/test_users.py`."""

    @abstractmethod
    async def count_users(self) -> UserCounts:
        """Return how many users there are. Every one of them is looked at: ask seldom."""


class WritableUserRepository(UserRepository, Repository[User]):
    """Users within a unit of work.

    Raises:
        DuplicateUser: by `add`, when another user has its id.
        DuplicateEmail: by `add` and `update`, when another user has its address.
    """
