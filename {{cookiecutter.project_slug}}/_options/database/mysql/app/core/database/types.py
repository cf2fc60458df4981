"""Column types, as MySQL and MariaDB have them."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import BINARY, Dialect, TypeDecorator
from sqlalchemy.dialects.mysql import DATETIME, TEXT, VARCHAR
from sqlalchemy.dialects.mysql.asyncmy import MySQLDialect_asyncmy

DIALECT = MySQLDialect_asyncmy()

# Ordered and compared by code point. This collation is the one that MySQL and MariaDB share; it
# takes no account of spaces at the end, and the domain allows none in addresses.


def line(length: int) -> VARCHAR:
    """Text of so many characters, ordered and compared by code point."""
    return VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")


Email = line(254)
Name = line(100)
HexDigest = VARCHAR(64, charset="ascii", collation="ascii_bin")
Label = line(200)
MultiLine = TEXT(charset="utf8mb4", collation="utf8mb4_bin")
"""At most 65,535 bytes: room for 16,383 characters of any kind."""


class _Identifier(TypeDecorator[UUID]):
    """A UUID in 16 bytes: it is in every index, and as text would take twice the room."""

    impl = BINARY(16)
    cache_ok = True

    def process_bind_param(
        self,
        value: UUID | None,
        dialect: Dialect,
    ) -> bytes | None:
        return None if value is None else value.bytes

    def process_result_value(
        self,
        value: bytes | None,
        dialect: Dialect,
    ) -> UUID | None:
        return None if value is None else UUID(bytes=value)


class _Moment(TypeDecorator[datetime]):
    """A time in UTC, which the server keeps without a zone."""

    impl = DATETIME(fsp=6)
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


Identifier = _Identifier()
Moment = _Moment()
