"""Records of requests in a collection."""

from dataclasses import asdict
from datetime import datetime

from app.core.database.client import Document
from app.core.database.collections import IDEMPOTENCY_KEYS
from app.core.database.errors import RepositoryError
from app.core.database.sessions import WriteSession
from app.core.idempotency.models import IdempotencyRecord
from app.core.idempotency.repository import IdempotencyRecords
from app.core.observability.instrumentation import measured


@measured("repository")
class MongoIdempotencyRecords(IdempotencyRecords):
    """Reads and writes records within the transaction of a session.

    Whoever adds an id waits for others that do: for those of this process in turn, for those
    of other processes by beginning again until they are done.
    """

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def get_record(self, record_id: str) -> IdempotencyRecord | None:
        criteria = {"_id": record_id}
        found = await self._session.find(IDEMPOTENCY_KEYS, criteria, limit=1)
        return _record(found[0]) if found else None

    async def add(self, record: IdempotencyRecord) -> None:
        await self._session.wait_for_turn(record.id)
        await self._session.insert(IDEMPOTENCY_KEYS, _document(record))

    async def finish(self, record: IdempotencyRecord) -> None:
        await self._session.replace(
            IDEMPOTENCY_KEYS,
            {"_id": record.id},
            _document(record),
            missing=RepositoryError,
        )

    async def purge(self, before: datetime, limit: int) -> int:
        old = await self._session.find(
            IDEMPOTENCY_KEYS,
            {"created_at": {"$lt": before}},
            limit=limit,
            order=[("created_at", 1)],
        )
        ids = [document["_id"] for document in old]
        return await self._session.delete_many(IDEMPOTENCY_KEYS, {"_id": {"$in": ids}})


def _record(document: Document) -> IdempotencyRecord:
    return IdempotencyRecord(id=document.pop("_id"), **document)


def _document(record: IdempotencyRecord) -> Document:
    document = asdict(record)
    return {"_id": document.pop("id"), **document}
