"""How many users registered, in a table."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Column, Date, Integer, Table, bindparam, select

from app.core.database.sessions import Session, WriteSession
from app.core.database.tables import metadata
from app.core.database.upserts import upsert
from app.core.observability.instrumentation import measured
from app.repositories.interfaces.registration_counts import (
    RegistrationCounts,
    WritableRegistrationCounts,
)

registrations_daily = Table(
    "registrations_daily",
    metadata,
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)

_DAY = registrations_daily.c.day
_IS_WANTED = _DAY.between(bindparam("first"), bindparam("last"))
_BY_DAY = select(registrations_daily).where(_IS_WANTED).order_by(_DAY)
_INCREMENT = upsert(
    registrations_daily,
    {"day": bindparam("day"), "count": 1},
    changes={"count": registrations_daily.c.count + 1},
)


@measured("repository")
class SqlRegistrationCounts(RegistrationCounts):
    """Reads counts through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def by_day(self, first: date, last: date) -> Mapping[date, int]:
        rows = await self._session.rows(_BY_DAY, {"first": first, "last": last})
        return {row["day"]: row["count"] for row in rows}


@measured("repository")
class WritableSqlRegistrationCounts(SqlRegistrationCounts, WritableRegistrationCounts):
    """Reads and writes counts within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def increment(self, day: date) -> None:
        await self._writes.write(_INCREMENT, {"day": day})
