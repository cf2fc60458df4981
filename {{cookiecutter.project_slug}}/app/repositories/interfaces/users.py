"""Storage of users."""

from abc import ABC, abstractmethod
from uuid import UUID

from app.core.pagination import Page
from app.models.statistics import UserCounts
from app.models.user import User, UserQuery


class UserRepository(ABC):
    """Users that can be read. Every implementation passes `tests/contract/test_users.py`.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    @abstractmethod
    async def get_user(self, user_id: UUID) -> User | None:
        """Return one user, or None if there is none with this id."""

    @abstractmethod
    async def list_users(self, query: UserQuery) -> Page[User]:
        """Return up to `query.size` users in the order of `query.sort`, then of id."""

    @abstractmethod
    async def count_users(self) -> UserCounts:
        """Return how many users there are. Every one of them is looked at: ask seldom."""


class WritableUserRepository(UserRepository):
    """Users within a unit of work: what is written is seen by it at once, by others on commit."""

    @abstractmethod
    async def add(self, user: User) -> None:
        """Store a new user.

        Raises:
            DuplicateUser: another user has its id.
            DuplicateEmail: another user has its address.
        """

    @abstractmethod
    async def update(self, user: User) -> None:
        """Store a user over the version before it.

        Raises:
            DuplicateEmail: another user has its address.
            StaleUser: what is stored is not the version before this one.
        """
