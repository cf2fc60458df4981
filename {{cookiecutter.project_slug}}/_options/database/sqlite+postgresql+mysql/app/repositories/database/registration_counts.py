"""How many users registered, in a table."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from app.core.measuring import measured
from app.repositories.database.sessions import Session, WriteSession
from app.repositories.database.tables import registrations_daily
from app.repositories.database.upserts import incremented
from app.repositories.interfaces.registration_counts import (
    RegistrationCounts,
    WritableRegistrationCounts,
)


@measured("repository")
class SqlRegistrationCounts(RegistrationCounts):
    """Reads counts through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def by_day(self, first: date, last: date) -> Mapping[date, int]:
        day = registrations_daily.c.day
        rows = await self._session.rows(
            select(registrations_daily).where(day.between(first, last)).order_by(day),
        )
        return {row["day"]: row["count"] for row in rows}


@measured("repository")
class WritableSqlRegistrationCounts(SqlRegistrationCounts, WritableRegistrationCounts):
    """Reads and writes counts within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def increment(self, day: date) -> None:
        counted = incremented(registrations_daily, {"day": day}, "count")
        await self._writes.write(counted)
