"""Events on their way, in a collection, and what handlers made of them, in another."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pymongo import ASCENDING

from app.core.database.client import Document
from app.core.database.collections import INBOX, OUTBOX
from app.core.database.errors import RepositoryError, StaleDelivery
from app.core.database.sessions import DirectSession, Pipeline, WriteSession
from app.core.events.event import Event
from app.core.events.outbox import Inbox, Outbox, OutboxQueue
from app.core.events.outbox_message import Backlog, OutboxEntry
from app.core.observability.instrumentation import measured

IS_DEAD: Document = {"due_at": None}
DUE_FIRST = [("due_at", ASCENDING), ("_id", ASCENDING)]
OLDEST_FIRST = {"occurred_at": ASCENDING}
DUE_WHEN_IT_OCCURRED = {"due_at": "$occurred_at"}


@measured("repository")
class MongoOutbox(Outbox):
    """Writes entries within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def add(self, event: Event) -> None:
        document = {
            "_id": event.id,
            "name": event.name,
            "payload": dict(event.payload),
            "occurred_at": event.occurred_at,
            "trace": event.trace,
            "attempts": 0,
            "due_at": event.occurred_at,
            "last_error": None,
            "dead_at": None,
        }
        await self._session.insert(OUTBOX, document)
        self.added = True

    async def finish(self, entry: OutboxEntry) -> None:
        await self._session.delete(OUTBOX, _is_latest(entry), missing=StaleDelivery)


@measured("repository")
class MongoInbox(Inbox):
    """Notes what handlers did within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def accept(self, handler: str, event_id: UUID, *, at: datetime) -> bool:
        key = {"event_id": event_id, "handler": handler}
        if await self._session.find(INBOX, {"_id": key}, limit=1):
            return False
        await self._session.insert(INBOX, {"_id": key, "accepted_at": at})
        return True


@measured("repository")
class MongoOutboxQueue(OutboxQueue):
    """Takes entries one by one: each change of a document is a transaction of its own."""

    def __init__(self, session: DirectSession) -> None:
        self.arrivals = asyncio.Event()
        self._session = session

    async def lease(
        self,
        *,
        now: datetime,
        until: datetime,
        limit: int,
    ) -> Sequence[OutboxEntry]:
        leased: Document = {"$set": {"due_at": until}}
        entries: list[OutboxEntry] = []
        while len(entries) < limit:
            # What is leased until a time that is past is due again at once.
            taken = [entry.event.id for entry in entries]
            wanted: Document = {"due_at": {"$lte": now}, "_id": {"$nin": taken}}
            try:
                document = await self._session.take(
                    OUTBOX,
                    wanted,
                    leased,
                    order=DUE_FIRST,
                )
            except RepositoryError:
                if not entries:
                    raise
                break  # without those that are taken, nobody would have them until then
            if document is None:
                break
            entries.append(_entry(document))
        return entries

    async def begin(
        self,
        event_id: UUID,
        attempts: int,
        *,
        until: datetime,
    ) -> OutboxEntry | None:
        begun = {"$set": {"due_at": until}, "$inc": {"attempts": 1}}
        wanted = _is_attempt(event_id, attempts)
        document = await self._session.take(OUTBOX, wanted, begun)
        return None if document is None else _entry(document)

    async def release(self, entries: Sequence[OutboxEntry]) -> None:
        for entry in entries:
            released = [{"$set": DUE_WHEN_IT_OCCURRED}]
            await self._session.change(OUTBOX, _is_latest(entry), released)

    async def postpone(
        self,
        entry: OutboxEntry,
        *,
        until: datetime,
        reason: str,
    ) -> bool:
        postponed = {"$set": {"due_at": until, "last_error": reason}}
        return await self._session.change(OUTBOX, _is_latest(entry), postponed) > 0

    async def hasten(self, *, now: datetime, latest: datetime) -> int:
        late = {"due_at": {"$gt": latest}}
        return await self._session.change(OUTBOX, late, {"$set": {"due_at": now}})

    async def bury(self, entry: OutboxEntry, *, at: datetime, reason: str) -> bool:
        buried = {"$set": {"due_at": None, "last_error": reason, "dead_at": at}}
        return await self._session.change(OUTBOX, _is_latest(entry), buried) > 0

    async def backlog(self) -> Backlog:
        is_pending = {"$ne": ["$due_at", None]}
        figures = {
            "_id": None,
            "total": {"$sum": 1},
            "pending": {"$sum": {"$cond": [is_pending, 1, 0]}},
            "oldest": {"$min": {"$cond": [is_pending, "$occurred_at", None]}},
        }
        found = await self._session.aggregate(OUTBOX, [{"$group": figures}])
        if not found:
            return Backlog(pending=0, oldest=None, dead=0)
        return Backlog(
            pending=found[0]["pending"],
            oldest=found[0]["oldest"],
            dead=found[0]["total"] - found[0]["pending"],
        )

    async def list_dead(self, limit: int) -> Sequence[OutboxEntry]:
        pipeline: Pipeline = [
            {"$match": IS_DEAD},
            {"$sort": OLDEST_FIRST},
            {"$limit": limit},
        ]
        found = await self._session.aggregate(OUTBOX, pipeline)
        return [_entry(document) for document in found]

    async def requeue(self, event_id: UUID | None = None) -> int:
        requeued = {"attempts": 0, "dead_at": None, **DUE_WHEN_IT_OCCURRED}
        wanted = IS_DEAD if event_id is None else {**IS_DEAD, "_id": event_id}
        return await self._session.change(OUTBOX, wanted, [{"$set": requeued}])

    async def forget_accepted(self, before: datetime, limit: int) -> int:
        """Ask which events are on their way; of those that old, there are hardly any."""
        old = {"occurred_at": {"$lt": before}}
        pipeline: Pipeline = [{"$match": old}, {"$project": {"_id": True}}]
        found = await self._session.aggregate(OUTBOX, pipeline)
        on_their_way = [document["_id"] for document in found]
        forgotten = {
            "accepted_at": {"$lt": before},
            "_id.event_id": {"$nin": on_their_way},
        }
        pipeline = [
            {"$match": forgotten},
            {"$sort": {"accepted_at": ASCENDING}},
            {"$limit": limit},
            {"$project": {"_id": True}},
        ]
        found = await self._session.aggregate(INBOX, pipeline)
        keys = [document["_id"] for document in found]
        return await self._session.delete(INBOX, {"_id": {"$in": keys}})


def _is_attempt(event_id: UUID, attempts: int) -> Document:
    return {"_id": event_id, "attempts": attempts, "due_at": {"$ne": None}}


def _is_latest(entry: OutboxEntry) -> Document:
    return _is_attempt(entry.event.id, entry.attempts)


def _entry(document: Document) -> OutboxEntry:
    return OutboxEntry(
        event=Event(
            id=document["_id"],
            name=document["name"],
            payload=document["payload"],
            occurred_at=document["occurred_at"],
            trace=document["trace"],
        ),
        attempts=document["attempts"],
        last_error=document["last_error"],
        dead_at=document["dead_at"],
    )
