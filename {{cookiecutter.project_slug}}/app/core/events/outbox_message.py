"""The outbox: events that are certain, and how far they have got."""

from dataclasses import dataclass
from datetime import datetime

from app.core.events.event import Event

MAX_REASON_LENGTH = 200
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """An event on its way to its handlers.

    - `attempts` counts the deliveries that began. It tells them apart, too: only the latest
      one may write that it succeeded or failed.
    - `last_error` says why the attempt before failed, without personal data.
    - `dead_at` is when the event was given up; it is a dead letter then.
    """

    event: Event
    attempts: int = 0
    last_error: str | None = None
    dead_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much the outbox holds: events on their way, since when, and dead letters."""

    pending: int
    oldest: datetime | None
    dead: int
