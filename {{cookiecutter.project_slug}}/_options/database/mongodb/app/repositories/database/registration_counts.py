"""How many users registered, in a collection."""

from collections.abc import Mapping
from datetime import date

from pymongo import ASCENDING

from app.core.database.collections import Collection
from app.core.database.sessions import Session, WriteSession
from app.core.observability.instrumentation import measured
from app.repositories.interfaces.registration_counts import (
    RegistrationCounts,
    WritableRegistrationCounts,
)

REGISTRATIONS_DAILY = Collection(
    name="registrations_daily",
    json_schema={
        "bsonType": "object",
        "additionalProperties": False,
        "required": ["_id", "count"],
        "properties": {
            "_id": {"bsonType": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
            "count": {"bsonType": ["int", "long"], "minimum": 1},
        },
    },
    indexes=(),
)


@measured("repository")
class MongoRegistrationCounts(RegistrationCounts):
    """Reads counts through a session. MongoDB has no days: they are texts that sort alike."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def by_day(self, first: date, last: date) -> Mapping[date, int]:
        found = await self._session.find(
            REGISTRATIONS_DAILY,
            {"_id": {"$gte": first.isoformat(), "$lte": last.isoformat()}},
            limit=(last - first).days + 1,
            order=[("_id", ASCENDING)],
        )
        return {date.fromisoformat(day["_id"]): day["count"] for day in found}


@measured("repository")
class WritableMongoRegistrationCounts(
    MongoRegistrationCounts,
    WritableRegistrationCounts,
):
    """Reads and writes counts within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def increment(self, day: date) -> None:
        await self._writes.increment(REGISTRATIONS_DAILY, day.isoformat(), "count")
