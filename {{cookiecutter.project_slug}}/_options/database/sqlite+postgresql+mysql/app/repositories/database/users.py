"""Users in a table."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    func,
    insert,
    or_,
    select,
    update,
)

from app.core.measuring import measured
from app.models.page import Page, Position
from app.models.statistics import UserCounts
from app.models.user import User, UserQuery
from app.repositories.database.sessions import Session, WriteSession
from app.repositories.database.tables import users
from app.repositories.interfaces.errors import StaleUser
from app.repositories.interfaces.users import UserRepository, WritableUserRepository


@measured("repository")
class SqlUserRepository(UserRepository):
    """Reads users through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_user(self, user_id: UUID) -> User | None:
        rows = await self._session.rows(select(users).where(users.c.id == user_id))
        return _user(rows[0]) if rows else None

    async def list_users(self, query: UserQuery) -> Page[User]:
        rows = await self._session.rows(_page(query))
        items = tuple(_user(row) for row in rows[: query.size])
        more = len(rows) > query.size
        return Page(items=items, next=query.sort.position(items[-1]) if more else None)

    async def count_users(self) -> UserCounts:
        total = func.count(users.c.id)
        figures: Sequence[ColumnElement[Any]] = [
            total.label("total"),
            (total - func.count(users.c.deactivated_at)).label("active"),
        ]
        rows = await self._session.rows(select(*figures))
        return UserCounts(**rows[0]._asdict())


@measured("repository")
class WritableSqlUserRepository(SqlUserRepository, WritableUserRepository):
    """Reads and writes users within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, user: User) -> None:
        await self._writes.write(insert(users).values(_values(user)))

    async def update(self, user: User) -> None:
        is_version_before = and_(
            users.c.id == user.id,
            users.c.version == user.version - 1,
        )
        changed = await self._writes.write(
            update(users).where(is_version_before).values(_values(user)),
        )
        if not changed:
            raise StaleUser


def _page(query: UserQuery) -> Select[Any]:
    """Select one row more than asked for: whether it comes says whether there is a next page."""
    column = users.c[query.sort.field]
    order = (column, users.c.id)
    statement = select(users).limit(query.size + 1)
    if query.sort.descending:
        statement = statement.order_by(*(part.desc() for part in order))
    else:
        statement = statement.order_by(*order)
    if query.active is not None:
        deactivated = users.c.deactivated_at
        statement = statement.where(
            deactivated.is_(None) if query.active else deactivated.is_not(None),
        )
    if query.email is not None:
        statement = statement.where(users.c.email == query.email)
    if query.after is not None:
        statement = statement.where(_is_behind(query.after, query))
    return statement


def _is_behind(after: Position, query: UserQuery) -> Any:
    """Compare in the form that every optimiser turns into one range of an index."""
    column, identifier = users.c[query.sort.field], users.c.id
    if query.sort.descending:
        tie_or_less = or_(column < after.value, identifier < after.id)
        return and_(column <= after.value, tie_or_less)
    tie_or_more = or_(column > after.value, identifier > after.id)
    return and_(column >= after.value, tie_or_more)


def _user(row: Row[Any]) -> User:
    return User(**row._asdict())


def _values(user: User) -> dict[str, Any]:
    return {column.name: getattr(user, column.name) for column in users.columns}
