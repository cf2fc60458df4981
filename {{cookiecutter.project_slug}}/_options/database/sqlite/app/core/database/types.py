"""Column types, as SQLite has them."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, DateTime, Dialect, String, TypeDecorator, Uuid
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


class ScaledDecimal(TypeDecorator[Decimal]):
    """A decimal number with so many places. SQLite has none: it keeps units of the last place."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(
        self,
        value: Decimal | None,
        dialect: Dialect,
    ) -> int | None:
        return None if value is None else int(value.scaleb(self.places))

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect,
    ) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-self.places)
