"""Events on their way, in a table, and what handlers made of them, in another."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Delete,
    Integer,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    tuple_,
    update,
)

from app.core.database.errors import StaleDelivery
from app.core.database.sessions import NO_VALUES, Row, Session, WriteSession
from app.core.database.tables import inbox, outbox
from app.core.events.event import Event
from app.core.events.outbox import Inbox, Outbox, OutboxQueue
from app.core.events.outbox_message import Backlog, OutboxEntry
from app.core.observability.instrumentation import measured

Begin = Callable[[], AbstractAsyncContextManager[WriteSession]]
"""Begins a transaction; leaving it without `commit` undoes all that it wrote."""

IS_DEAD = outbox.c.due_at.is_(None)

_ADD = insert(outbox)
_IS_IT = outbox.c.id == bindparam("event_id")
_BY_ID = select(outbox).where(_IS_IT)

_IS_ATTEMPT = and_(
    _IS_IT,
    outbox.c.attempts == bindparam("attempt"),
    outbox.c.due_at.is_not(None),
)
"""Nobody has begun another attempt to deliver it since."""

_CHANGE_ATTEMPT = update(outbox).where(_IS_ATTEMPT)
_BEGIN = _CHANGE_ATTEMPT.values(
    attempts=outbox.c.attempts + 1,
    due_at=bindparam("until"),
)
_RELEASE = _CHANGE_ATTEMPT.values(due_at=outbox.c.occurred_at)
_POSTPONE = _CHANGE_ATTEMPT.values(
    due_at=bindparam("until"),
    last_error=bindparam("reason"),
)
_IS_LATE = outbox.c.due_at > bindparam("latest")
_LATE = select(outbox.c.id).where(_IS_LATE).limit(1)
_HASTEN = update(outbox).where(_IS_LATE).values(due_at=bindparam("now"))
_BURY = _CHANGE_ATTEMPT.values(
    due_at=None,
    last_error=bindparam("reason"),
    dead_at=bindparam("at"),
)
_FINISH = delete(outbox).where(_IS_ATTEMPT)

_SIZE = bindparam("size", type_=Integer)
_SOONEST_FIRST = select(outbox).order_by(outbox.c.due_at, outbox.c.id).limit(_SIZE)
_DUE = _SOONEST_FIRST.where(outbox.c.due_at <= bindparam("now"))
_DUE_AND_FREE = _DUE.with_for_update(skip_locked=True)
"""What has one writer at a time leaves the lock out, and needs none."""

_PENDING: ColumnElement[Any] = func.count(outbox.c.due_at)
_BACKLOG = select(
    _PENDING.label("pending"),
    func.min(
        case((outbox.c.due_at.is_not(None), outbox.c.occurred_at)),
    ).label("oldest"),
    (func.count(outbox.c.id) - _PENDING).label("dead"),
)
_OLDEST_FIRST = select(outbox).order_by(outbox.c.occurred_at).limit(_SIZE)
_DEAD = _OLDEST_FIRST.where(IS_DEAD)
_CHANGE_DEAD = update(outbox).where(IS_DEAD)
_REQUEUE = _CHANGE_DEAD.values(
    attempts=0,
    dead_at=None,
    due_at=outbox.c.occurred_at,
)

_ACCEPT = insert(inbox)
_ACCEPTED = select(inbox).where(
    inbox.c.event_id == bindparam("accepted_event"),
    inbox.c.handler == bindparam("by_handler"),
)
_OLD_NOTES = (
    select(inbox.c.event_id, inbox.c.handler)
    .where(
        inbox.c.accepted_at < bindparam("before"),
        inbox.c.event_id.not_in(select(outbox.c.id)),
    )
    .order_by(inbox.c.accepted_at)
    .limit(_SIZE)
)


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
        if not await self._session.write(_FINISH, _attempt(entry)):
            raise StaleDelivery


@measured("repository")
class SqlInbox(Inbox):
    """Notes what handlers did within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    async def accept(self, handler: str, event_id: UUID, *, at: datetime) -> bool:
        wanted = {"accepted_event": event_id, "by_handler": handler}
        if await self._session.rows(_ACCEPTED, wanted):
            return False
        note = {"event_id": event_id, "handler": handler, "accepted_at": at}
        await self._session.write(_ACCEPT, note)
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
        if not await self._session.rows(_DUE, {"now": now, "size": 1}):
            return []
        async with self._begin() as session:
            due = await session.rows(_DUE_AND_FREE, {"now": now, "size": limit})
            if not due:
                return []
            entries = [_entry(row) for row in due]
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
        wanted = {"event_id": event_id, "attempt": attempts}
        async with self._begin() as session:
            if not await session.write(_BEGIN, wanted | {"until": until}):
                return None
            rows = await session.rows(_BY_ID, {"event_id": event_id})
            await session.commit()
        return _entry(rows[0])

    async def release(self, entries: Sequence[OutboxEntry]) -> None:
        for entry in entries:
            await self._write(_RELEASE, _attempt(entry))

    async def postpone(
        self,
        entry: OutboxEntry,
        *,
        until: datetime,
        reason: str,
    ) -> bool:
        postponed = {"until": until, "reason": reason}
        return await self._write(_POSTPONE, _attempt(entry) | postponed) > 0

    async def hasten(self, *, now: datetime, latest: datetime) -> int:
        """Look before locking anything: hardly ever, there is one."""
        if not await self._session.rows(_LATE, {"latest": latest}):
            return 0
        return await self._write(_HASTEN, {"latest": latest, "now": now})

    async def bury(self, entry: OutboxEntry, *, at: datetime, reason: str) -> bool:
        buried = {"at": at, "reason": reason}
        return await self._write(_BURY, _attempt(entry) | buried) > 0

    async def backlog(self) -> Backlog:
        rows = await self._session.rows(_BACKLOG)
        return Backlog(**rows[0])

    async def list_dead(self, limit: int) -> Sequence[OutboxEntry]:
        rows = await self._session.rows(_DEAD, {"size": limit})
        return [_entry(row) for row in rows]

    async def requeue(self, event_id: UUID | None = None) -> int:
        if event_id is None:
            return await self._write(_REQUEUE)
        return await self._write(_REQUEUE.where(_IS_IT), {"event_id": event_id})

    async def forget_accepted(self, before: datetime, limit: int) -> int:
        """Find them first: not every database can limit what it deletes."""
        old = await self._session.rows(_OLD_NOTES, {"before": before, "size": limit})
        if not old:
            return 0
        keys = [(row["event_id"], row["handler"]) for row in old]
        return await self._write(
            delete(inbox).where(tuple_(inbox.c.event_id, inbox.c.handler).in_(keys)),
        )

    async def _write(
        self,
        statement: Update | Delete,
        values: Mapping[str, object] = NO_VALUES,
    ) -> int:
        async with self._begin() as session:
            count = await session.write(statement, values)
            await session.commit()
        return count


def _attempt(entry: OutboxEntry) -> dict[str, object]:
    """Return the values that stand for the latest attempt to deliver an entry."""
    return {"event_id": entry.event.id, "attempt": entry.attempts}


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
