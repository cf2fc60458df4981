"""Users in a table."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Index, Integer, Table, func, select

from app.core.database.entity_table import EntityTable
from app.core.database.sql_repository import SqlReader, SqlRepository
from app.core.database.tables import metadata
from app.core.database.types import Email, Identifier, Moment, Name
from app.core.observability.instrumentation import measured
from app.models.statistics import UserCounts
from app.models.user import User
from app.repositories.interfaces.users import (
    DuplicateEmail,
    DuplicateUser,
    UserRepository,
    WritableUserRepository,
)

users = Table(
    "users",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("email", Email, nullable=False, unique=True),
    Column("name", Name, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("deactivated_at", Moment),
    Column("version", Integer, nullable=False),
    Index(None, "created_at", "id"),
)

USERS = EntityTable(User, users, {"id": DuplicateUser, "email": DuplicateEmail})

_TOTAL: ColumnElement[Any] = func.count(users.c.id)
_COUNTS = select(
    _TOTAL.label("total"),
    (_TOTAL - func.count(users.c.deactivated_at)).label("active"),
)


@measured("repository")
class SqlUserRepository(SqlReader[User], UserRepository):
    """Reads users, and counts them."""

    async def count_users(self) -> UserCounts:
        rows = await self._session.rows(_COUNTS)
        return UserCounts(**rows[0])


class WritableSqlUserRepository(
    SqlRepository[User],
    SqlUserRepository,
    WritableUserRepository,
):
    """Reads and writes users within a transaction."""
