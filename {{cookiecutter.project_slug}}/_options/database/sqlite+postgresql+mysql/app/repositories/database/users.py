"""Users in a table."""

from functools import cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    asc,
    bindparam,
    desc,
    func,
    insert,
    or_,
    select,
    update,
)

from app.core.database.sessions import Session, WriteSession
from app.core.observability.instrumentation import measured
from app.core.pagination import Page
from app.models.statistics import UserCounts
from app.models.user import User, UserQuery, UserSort
from app.repositories.database.tables import users
from app.repositories.interfaces.errors import StaleUser
from app.repositories.interfaces.users import UserRepository, WritableUserRepository

_USERS = TypeAdapter(tuple[User, ...])
"""Makes users of rows, all at once: to make them one by one takes twice as long."""

_BY_ID = select(users).where(users.c.id == bindparam("wanted"))
_TOTAL: ColumnElement[Any] = func.count(users.c.id)
_COUNTS = select(
    _TOTAL.label("total"),
    (_TOTAL - func.count(users.c.deactivated_at)).label("active"),
)
_ADD = insert(users)
_CHANGE = update(users).where(
    users.c.id == bindparam("changed"),
    users.c.version == bindparam("version_before"),
)


@measured("repository")
class SqlUserRepository(UserRepository):
    """Reads users through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_user(self, user_id: UUID) -> User | None:
        rows = await self._session.rows(_BY_ID, {"wanted": user_id})
        found = _USERS.validate_python(rows)
        return found[0] if found else None

    async def list_users(self, query: UserQuery) -> Page[User]:
        rows = await self._session.rows(*_page(query))
        items = _USERS.validate_python(rows[: query.size])
        more = len(rows) > query.size
        return Page(items=items, next=query.sort.position(items[-1]) if more else None)

    async def count_users(self) -> UserCounts:
        rows = await self._session.rows(_COUNTS)
        return UserCounts(**rows[0])


@measured("repository")
class WritableSqlUserRepository(SqlUserRepository, WritableUserRepository):
    """Reads and writes users within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, user: User) -> None:
        await self._writes.write(_ADD, _values(user))

    async def update(self, user: User) -> None:
        before = {"changed": user.id, "version_before": user.version - 1}
        changed = await self._writes.write(_CHANGE, before | _values(user))
        if not changed:
            raise StaleUser


def _page(query: UserQuery) -> tuple[Select[Any], dict[str, object]]:
    """Return what selects a page, and the values for it.

    One row more is selected than asked for: whether it comes says whether there is a next page.
    """
    statement = _pages(
        query.sort,
        active=query.active,
        by_email=query.email is not None,
        goes_on=query.after is not None,
    )
    values: dict[str, object] = {"size": query.size + 1, "address": query.email}
    if query.after is not None:
        values |= {"after_value": query.after.value, "after_id": query.after.id}
    return statement, values


@cache
def _pages(
    sort: UserSort,
    *,
    active: bool | None,
    by_email: bool,
    goes_on: bool,
) -> Select[Any]:
    """Return the one statement for all pages of a kind."""
    direction = desc if sort.descending else asc
    statement = select(users).limit(bindparam("size", type_=Integer))
    statement = statement.order_by(
        direction(users.c[sort.field]),
        direction(users.c.id),
    )
    if active is not None:
        deactivated = users.c.deactivated_at
        statement = statement.where(
            deactivated.is_(None) if active else deactivated.is_not(None),
        )
    if by_email:
        statement = statement.where(users.c.email == bindparam("address"))
    if goes_on:
        statement = statement.where(_is_behind(sort))
    return statement


def _is_behind(sort: UserSort) -> Any:
    """Compare in the form that every optimiser turns into one range of an index."""
    column, identifier = users.c[sort.field], users.c.id
    value: Any = bindparam("after_value", type_=column.type)
    tie: Any = bindparam("after_id")
    if sort.descending:
        return and_(column <= value, or_(column < value, identifier < tie))
    return and_(column >= value, or_(column > value, identifier > tie))


def _values(user: User) -> dict[str, Any]:
    return {column.name: getattr(user, column.name) for column in users.columns}
