"""Column types, as SQLite has them."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, TypeDecorator, Uuid
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

DIALECT = SQLiteDialect_aiosqlite()

Identifier = Uuid()
Email = String(254)
Name = String(100)
HexDigest = String(64)
Label = String(200)


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps text without a zone, which sorts as time does."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,
    ) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,
    ) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)
