"""Users that are read from a cache if it keeps them."""

from functools import partial
from uuid import UUID

from app.core.cache.pending_invalidations import Written
from app.core.pagination import Page
from app.models.statistics import UserCounts
from app.models.user import User, UserQuery
from app.repositories.cached.kept import KeptUsers
from app.repositories.interfaces.users import UserRepository, WritableUserRepository


class CachedUserRepository(UserRepository):
    """Reads single users through a cache, and lists from storage."""

    def __init__(self, users: UserRepository, kept: KeptUsers) -> None:
        self._users = users
        self._kept = kept

    async def get_user(self, user_id: UUID) -> User | None:
        load = partial(self._users.get_user, user_id)
        return await self._kept.get_or_load(str(user_id), load)

    async def list_users(self, query: UserQuery) -> Page[User]:
        return await self._users.list_users(query)

    async def count_users(self) -> UserCounts:
        return await self._users.count_users()


class TrackedUserRepository(WritableUserRepository):
    """Users within a unit of work; notes whose row is written, and reads nothing kept."""

    def __init__(
        self,
        users: WritableUserRepository,
        kept: KeptUsers,
        written: Written,
    ) -> None:
        self._users = users
        self._kept = kept
        self._written = written

    async def get_user(self, user_id: UUID) -> User | None:
        return await self._users.get_user(user_id)

    async def list_users(self, query: UserQuery) -> Page[User]:
        return await self._users.list_users(query)

    async def count_users(self) -> UserCounts:
        return await self._users.count_users()

    async def add(self, user: User) -> None:
        self._written.note(self._kept, user.id)
        await self._users.add(user)

    async def update(self, user: User) -> None:
        self._written.note(self._kept, user.id)
        await self._users.update(user)
