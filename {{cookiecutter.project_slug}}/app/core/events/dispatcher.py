"""From the outbox to the handlers."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Generic
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars

from app.core.backoff import pause
from app.core.clock import Clock
from app.core.database.errors import RepositoryError, reason_of
from app.core.database.storage import Storage
from app.core.database.unit_of_work import Work
from app.core.events.handlers import Handler, Handlers
from app.core.events.outbox_message import OutboxEntry
from app.core.events.settings import DeliverySettings
from app.core.observability.tracing import continued_from

logger = structlog.get_logger()

NO_HANDLERS = "this version of the service has no handlers for it"
NEVER_ENDED = "no attempt came to an end"


class Deliverer(Generic[Work]):
    """Delivers one event at a time, to all its handlers.

    - What a handler writes, the note that it has, and, with the last handler, the end of the
      entry are one transaction: they happen together or not at all.
    - A handler that fails keeps no other one from its work. The event is delivered again
      later, to those that did not succeed; after so many attempts it is a dead letter.
    """

    def __init__(
        self,
        storage: Storage[Work],
        handlers: Handlers[Work],
        clock: Clock,
        settings: DeliverySettings,
    ) -> None:
        self._queue = storage.outbox
        self._unit_of_work = storage.unit_of_work
        self._handlers = handlers
        self._clock = clock
        self._settings = settings

    async def deliver(self, event_id: UUID, attempts: int) -> None:
        """Deliver an event of which there have been `attempts` attempts; otherwise do nothing.

        Raises:
            StorageUnavailable: what came of it can't be noted; the event is due again later.
        """
        until = self._clock.now() + timedelta(seconds=self._settings.lease)
        entry = await self._queue.begin(event_id, attempts, until=until)
        if entry is None:
            return
        name = entry.event.name
        with (
            bound_contextvars(event_id=str(event_id), event_name=name),
            continued_from(entry.event.trace, f"deliver {name}"),
        ):
            try:
                reason = await self._attempt(entry)
            except asyncio.CancelledError:
                await self._queue.release([entry])
                raise
            if reason is not None:
                await self._retry(entry, reason)

    async def _attempt(self, entry: OutboxEntry) -> str | None:
        """Return why the event is not delivered; None if it is."""
        if entry.attempts > self._settings.attempts:
            return entry.last_error or NEVER_ENDED
        handlers = self._handlers.get(entry.event.name)
        if handlers is None:
            return NO_HANDLERS
        try:
            async with asyncio.timeout(self._settings.deadline):
                return await self._handle_all(entry, handlers)
        except TimeoutError:
            return f"no end within {self._settings.deadline:g} s"

    async def _handle_all(
        self,
        entry: OutboxEntry,
        handlers: Sequence[Handler[Work]],
    ) -> str | None:
        reason = None
        for handler in handlers[:-1]:
            reason = await self._handle(entry, [handler]) or reason
        last = handlers[-1:]
        return await self._handle(entry, last, finish=reason is None) or reason

    async def _handle(
        self,
        entry: OutboxEntry,
        handlers: Sequence[Handler[Work]],
        *,
        finish: bool = False,
    ) -> str | None:
        """Do in one transaction what handlers do, and return why they failed, if they did."""
        try:
            async with self._unit_of_work() as work:
                for handler in handlers:
                    now = self._clock.now()
                    if await work.inbox.accept(handler.name, entry.event.id, at=now):
                        await handler.handle(entry.event, work)
                if finish:
                    await work.outbox.finish(entry)
                await work.commit()
        except Exception as error:
            logger.warning(
                "handler_failed",
                handlers=[handler.name for handler in handlers],
                attempt=entry.attempts,
                reason=reason_of(error),
                exc_info=not isinstance(error, RepositoryError),
            )
            return reason_of(error)
        return None

    async def _retry(self, entry: OutboxEntry, reason: str) -> None:
        now = self._clock.now()
        if entry.attempts >= self._settings.attempts:
            if await self._queue.bury(entry, at=now, reason=reason):
                logger.error("event_given_up", reason=reason, attempts=entry.attempts)
            return
        seconds = pause(
            entry.attempts,
            self._settings.first_pause,
            self._settings.longest_pause,
        )
        until = now + timedelta(seconds=seconds)
        if await self._queue.postpone(entry, until=until, reason=reason):
            logger.warning("event_postponed", reason=reason, seconds=round(seconds, 3))
