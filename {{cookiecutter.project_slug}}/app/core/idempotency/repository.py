"""Storage of what came of requests that may be repeated."""

from abc import ABC, abstractmethod
from datetime import datetime

from app.core.idempotency.models import IdempotencyRecord


class IdempotencyRecords(ABC):
    """Records within a unit of work, so that they last if what they tell of does.

    Every implementation passes `tests/core/idempotency/test_repository.py`.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    @abstractmethod
    async def get_record(self, record_id: str) -> IdempotencyRecord | None:
        """Return one record, or None if there is none with this id."""

    @abstractmethod
    async def add(self, record: IdempotencyRecord) -> None:
        """Store a new record.

        If another unit of work has stored one with this id and is not done yet, wait for it.

        Raises:
            DuplicateKey: there is one with this id; this unit of work is of no use any more.
        """

    @abstractmethod
    async def finish(self, record: IdempotencyRecord) -> None:
        """Store a record, now with its result, over the one that this unit of work added."""

    @abstractmethod
    async def purge(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` records that were made before a time; return how many."""
