"""Users in a dictionary."""

from collections.abc import Mapping, MutableMapping
from uuid import UUID

from app.core.observability.instrumentation import measured
from app.core.pagination import Page, Position
from app.models.statistics import UserCounts
from app.models.user import User, UserQuery
from app.repositories.interfaces.errors import (
    DuplicateEmail,
    DuplicateUser,
    StaleUser,
)
from app.repositories.interfaces.users import UserRepository, WritableUserRepository


@measured("repository")
class MemoryUserRepository(UserRepository):
    """Reads the users of a mapping from id to user."""

    def __init__(self, rows: Mapping[UUID, User]) -> None:
        self._rows = rows

    async def get_user(self, user_id: UUID) -> User | None:
        return self._rows.get(user_id)

    async def list_users(self, query: UserQuery) -> Page[User]:
        def key(user: User) -> tuple[object, UUID]:
            return getattr(user, query.sort.field), user.id

        users = sorted(
            (user for user in self._rows.values() if _matches(user, query)),
            key=key,
            reverse=query.sort.descending,
        )
        if query.after is not None:
            users = [user for user in users if _is_behind(user, query.after, query)]
        items = tuple(users[: query.size])
        more = len(users) > query.size
        return Page(items=items, next=query.sort.position(items[-1]) if more else None)

    async def count_users(self) -> UserCounts:
        active = sum(user.is_active for user in self._rows.values())
        return UserCounts(total=len(self._rows), active=active)


@measured("repository")
class WritableMemoryUserRepository(MemoryUserRepository, WritableUserRepository):
    """Reads and writes the users of a mapping from id to user."""

    def __init__(self, rows: MutableMapping[UUID, User]) -> None:
        super().__init__(rows)
        self._writable_rows = rows

    async def add(self, user: User) -> None:
        if user.id in self._rows:
            raise DuplicateUser
        self._refuse_duplicate(user)
        self._writable_rows[user.id] = user

    async def update(self, user: User) -> None:
        stored = self._rows.get(user.id)
        if stored is None or stored.version != user.version - 1:
            raise StaleUser
        self._refuse_duplicate(user)
        self._writable_rows[user.id] = user

    def _refuse_duplicate(self, user: User) -> None:
        others = (row for row in self._rows.values() if row.id != user.id)
        if any(other.email == user.email for other in others):
            raise DuplicateEmail


def _matches(user: User, query: UserQuery) -> bool:
    if query.active is not None and user.is_active != query.active:
        return False
    return query.email is None or user.email == query.email


def _is_behind(user: User, after: Position, query: UserQuery) -> bool:
    mine = (getattr(user, query.sort.field), user.id)
    theirs = (after.value, after.id)
    return mine < theirs if query.sort.descending else mine > theirs
