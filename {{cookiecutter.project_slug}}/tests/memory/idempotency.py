"""Records of requests in a dictionary."""

from collections.abc import MutableMapping
from datetime import datetime

from app.core.database.errors import DuplicateKey
from app.core.idempotency.models import IdempotencyRecord
from app.core.idempotency.repository import IdempotencyRecords
from app.core.observability.instrumentation import measured


@measured("repository")
class MemoryIdempotencyRecords(IdempotencyRecords):
    """Reads and writes the records of a mapping from id to record."""

    def __init__(self, rows: MutableMapping[str, IdempotencyRecord]) -> None:
        self._rows = rows

    async def get_record(self, record_id: str) -> IdempotencyRecord | None:
        return self._rows.get(record_id)

    async def add(self, record: IdempotencyRecord) -> None:
        if record.id in self._rows:
            raise DuplicateKey
        self._rows[record.id] = record

    async def finish(self, record: IdempotencyRecord) -> None:
        self._rows[record.id] = record

    async def purge(self, before: datetime, limit: int) -> int:
        old = [row.id for row in self._rows.values() if row.created_at < before]
        for record_id in old[:limit]:
            del self._rows[record_id]
        return len(old[:limit])
