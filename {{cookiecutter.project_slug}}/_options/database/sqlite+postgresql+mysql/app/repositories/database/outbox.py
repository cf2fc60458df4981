"""Events on their way, in a table, and what handlers made of them, in another."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Delete,
    Select,
    Update,
    and_,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from app.core.measuring import measured
from app.models.events import Event
from app.models.outbox import Backlog, OutboxEntry
from app.repositories.database.sessions import Row, Session, WriteSession
from app.repositories.database.tables import inbox, outbox
from app.repositories.interfaces.errors import StaleDelivery
from app.repositories.interfaces.outbox import Inbox, Outbox, OutboxQueue

Begin = Callable[[], AbstractAsyncContextManager[WriteSession]]
"""Begins a transaction; leaving it without `commit` undoes all that it wrote."""

IS_DEAD = outbox.c.due_at.is_(None)

_ADD = insert(outbox)


@measured("repository")
class SqlOutbox(Outbox):
    """Writes entries within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def add(self, event: Event) -> None:
        values = {
            "id": event.id,
            "name": event.name,
            "payload": json.dumps(dict(event.payload)),
            "occurred_at": event.occurred_at,
            "trace": event.trace,
            "attempts": 0,
            "due_at": event.occurred_at,
        }
        await self._session.write(_ADD, values)
        self.added = True

    async def finish(self, entry: OutboxEntry) -> None:
        if not await self._session.write(delete(outbox).where(_is_latest(entry))):
            raise StaleDelivery


@measured("repository")
class SqlInbox(Inbox):
    """Notes what handlers did within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def accept(self, handler: str, event_id: UUID, *, at: datetime) -> bool:
        key = {"event_id": event_id, "handler": handler}
        if await self._session.rows(select(inbox).filter_by(**key)):
            return False
        await self._session.write(insert(inbox).values(**key, accepted_at=at))
        return True


@measured("repository")
class SqlOutboxQueue(OutboxQueue):
    """Looks with a session, and takes with transactions of its own."""

    def __init__(self, session: Session, begin: Begin) -> None:
        self.arrivals = asyncio.Event()
        self._session = session
        self._begin = begin

    async def lease(
        self,
        *,
        now: datetime,
        until: datetime,
        limit: int,
    ) -> Sequence[OutboxEntry]:
        """Look before locking anything: mostly, nothing is due."""
        if not await self._session.rows(_due(now, limit=1)):
            return []
        async with self._begin() as session:
            due = _due(now, limit).with_for_update(skip_locked=True)
            entries = [_entry(row) for row in await session.rows(due)]
            taken = outbox.c.id.in_([entry.event.id for entry in entries])
            await session.write(update(outbox).where(taken).values(due_at=until))
            await session.commit()
        return entries

    async def begin(
        self,
        event_id: UUID,
        attempts: int,
        *,
        until: datetime,
    ) -> OutboxEntry | None:
        wanted = _is_attempt(event_id, attempts)
        begun = update(outbox).where(wanted).values(attempts=attempts + 1, due_at=until)
        async with self._begin() as session:
            if not await session.write(begun):
                return None
            rows = await session.rows(select(outbox).where(outbox.c.id == event_id))
            await session.commit()
        return _entry(rows[0])

    async def release(self, entries: Sequence[OutboxEntry]) -> None:
        for entry in entries:
            due_at = entry.event.occurred_at
            await self._write(_changed(entry, due_at=due_at))

    async def postpone(
        self,
        entry: OutboxEntry,
        *,
        until: datetime,
        reason: str,
    ) -> None:
        await self._write(_changed(entry, due_at=until, last_error=reason))

    async def bury(self, entry: OutboxEntry, *, at: datetime, reason: str) -> None:
        changed = _changed(entry, due_at=None, last_error=reason, dead_at=at)
        await self._write(changed)

    async def backlog(self) -> Backlog:
        pending = func.count(outbox.c.due_at)
        is_pending = outbox.c.due_at.is_not(None)
        oldest = func.min(case((is_pending, outbox.c.occurred_at)))
        dead = func.count(outbox.c.id) - pending
        figures: Sequence[ColumnElement[Any]] = [
            pending.label("pending"),
            oldest.label("oldest"),
            dead.label("dead"),
        ]
        rows = await self._session.rows(select(*figures))
        return Backlog(**rows[0])

    async def list_dead(self, limit: int) -> Sequence[OutboxEntry]:
        oldest_first = select(outbox).where(IS_DEAD).order_by(outbox.c.occurred_at)
        rows = await self._session.rows(oldest_first.limit(limit))
        return [_entry(row) for row in rows]

    async def requeue(self, event_id: UUID | None = None) -> int:
        fresh = {"attempts": 0, "dead_at": None, "due_at": outbox.c.occurred_at}
        requeued = update(outbox).where(IS_DEAD).values(fresh)
        if event_id is not None:
            requeued = requeued.where(outbox.c.id == event_id)
        return await self._write(requeued)

    async def forget_accepted(self, before: datetime) -> int:
        on_their_way = select(outbox.c.id)
        old = and_(inbox.c.accepted_at < before, inbox.c.event_id.not_in(on_their_way))
        return await self._write(delete(inbox).where(old))

    async def _write(self, statement: Update | Delete) -> int:
        async with self._begin() as session:
            count = await session.write(statement)
            await session.commit()
        return count


def _due(now: datetime, limit: int) -> Select[Any]:
    order = (outbox.c.due_at, outbox.c.id)
    return select(outbox).where(outbox.c.due_at <= now).order_by(*order).limit(limit)


def _is_attempt(event_id: UUID, attempts: int) -> ColumnElement[bool]:
    is_at_it = and_(outbox.c.id == event_id, outbox.c.attempts == attempts)
    return and_(is_at_it, outbox.c.due_at.is_not(None))


def _is_latest(entry: OutboxEntry) -> ColumnElement[bool]:
    return _is_attempt(entry.event.id, entry.attempts)


def _changed(entry: OutboxEntry, **values: object) -> Update:
    return update(outbox).where(_is_latest(entry)).values(values)


def _entry(row: Row) -> OutboxEntry:
    return OutboxEntry(
        event=Event(
            id=row["id"],
            name=row["name"],
            payload=json.loads(row["payload"]),
            occurred_at=row["occurred_at"],
            trace=row["trace"],
        ),
        attempts=row["attempts"],
        last_error=row["last_error"],
        dead_at=row["dead_at"],
    )
