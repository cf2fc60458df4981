"""Events on their way, in a dictionary."""

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.core.database.errors import StaleDelivery
from app.core.events.event import Event
from app.core.events.outbox import Inbox, Outbox, OutboxQueue
from app.core.events.outbox_message import Backlog, OutboxEntry
from app.core.observability.instrumentation import measured
from tests.memory.rows import OutboxRow, Rows

OutboxRows = MutableMapping[UUID, OutboxRow]


@measured("repository")
class MemoryOutbox(Outbox):
    """Writes to a mapping from an event's id to its row."""

    def __init__(self, rows: OutboxRows) -> None:
        self._rows = rows

    async def add(self, event: Event) -> None:
        self._rows[event.id] = OutboxRow(OutboxEntry(event=event), event.occurred_at)
        self.added = True

    async def finish(self, entry: OutboxEntry) -> None:
        if not _is_latest(self._rows, entry):
            raise StaleDelivery
        del self._rows[entry.event.id]


@measured("repository")
class MemoryInbox(Inbox):
    """Notes in a mapping from handler and event to the time."""

    def __init__(self, notes: MutableMapping[tuple[str, UUID], datetime]) -> None:
        self._notes = notes

    async def accept(self, handler: str, event_id: UUID, *, at: datetime) -> bool:
        if (handler, event_id) in self._notes:
            return False
        self._notes[handler, event_id] = at
        return True


@measured("repository")
class MemoryOutboxQueue(OutboxQueue):
    """Delivers from committed rows, while no unit of work is open."""

    def __init__(self, rows: Rows, one_writer: asyncio.Lock) -> None:
        self.arrivals = asyncio.Event()
        self._rows = rows.outbox
        self._notes = rows.inbox
        self._one_writer = one_writer

    async def lease(
        self,
        *,
        now: datetime,
        until: datetime,
        limit: int,
    ) -> Sequence[OutboxEntry]:
        async with self._one_writer:
            due = sorted(
                (row.due_at, event_id)
                for event_id, row in self._rows.items()
                if row.due_at is not None and row.due_at <= now
            )
            leased = [self._rows[event_id].entry for _, event_id in due[:limit]]
            for entry in leased:
                self._rows[entry.event.id] = OutboxRow(entry, until)
            return leased

    async def begin(
        self,
        event_id: UUID,
        attempts: int,
        *,
        until: datetime,
    ) -> OutboxEntry | None:
        async with self._one_writer:
            row = self._rows.get(event_id)
            if row is None or row.due_at is None or row.entry.attempts != attempts:
                return None
            begun = replace(row.entry, attempts=attempts + 1)
            self._rows[event_id] = OutboxRow(begun, until)
            return begun

    async def release(self, entries: Sequence[OutboxEntry]) -> None:
        for entry in entries:
            await self._put(entry, entry, entry.event.occurred_at)

    async def postpone(
        self,
        entry: OutboxEntry,
        *,
        until: datetime,
        reason: str,
    ) -> bool:
        return await self._put(entry, replace(entry, last_error=reason), until)

    async def hasten(self, *, now: datetime, latest: datetime) -> int:
        async with self._one_writer:
            rows = list(self._rows.items())
            late = [(of, row) for of, row in rows if row.due_at and row.due_at > latest]
            for event_id, row in late:
                self._rows[event_id] = OutboxRow(row.entry, now)
            return len(late)

    async def bury(self, entry: OutboxEntry, *, at: datetime, reason: str) -> bool:
        buried = replace(entry, last_error=reason, dead_at=at)
        return await self._put(entry, buried, None)

    async def backlog(self) -> Backlog:
        entries = [row.entry for row in self._rows.values()]
        pending = [entry for entry in entries if entry.dead_at is None]
        return Backlog(
            pending=len(pending),
            oldest=min((entry.event.occurred_at for entry in pending), default=None),
            dead=len(entries) - len(pending),
        )

    async def list_dead(self, limit: int) -> Sequence[OutboxEntry]:
        entries = [row.entry for row in self._rows.values()]
        dead = [entry for entry in entries if entry.dead_at is not None]
        dead.sort(key=lambda entry: (entry.event.occurred_at, entry.event.id))
        return dead[:limit]

    async def requeue(self, event_id: UUID | None = None) -> int:
        rows = self._rows.values()
        dead = [row.entry for row in rows if row.due_at is None]
        if event_id is not None:
            dead = [entry for entry in dead if entry.event.id == event_id]
        for entry in dead:
            fresh = replace(entry, attempts=0, dead_at=None)
            await self._put(entry, fresh, entry.event.occurred_at)
        return len(dead)

    async def forget_accepted(self, before: datetime, limit: int) -> int:
        async with self._one_writer:
            old = [note for note, at in self._notes.items() if at < before]
            forgotten = [note for note in old if note[1] not in self._rows]
            for note in forgotten[:limit]:
                del self._notes[note]
            return len(forgotten[:limit])

    async def _put(
        self,
        entry: OutboxEntry,
        changed: OutboxEntry,
        due_at: datetime | None,
    ) -> bool:
        async with self._one_writer:
            is_latest = _is_latest(self._rows, entry)
            if is_latest:
                self._rows[entry.event.id] = OutboxRow(changed, due_at)
            return is_latest


def _is_latest(rows: OutboxRows, entry: OutboxEntry) -> bool:
    row = rows.get(entry.event.id)
    return row is not None and row.entry.attempts == entry.attempts
