"""Events are handled in the process that serves requests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.clock import Clock
from app.core.database.storage import Storage
from app.core.database.unit_of_work import Work
from app.core.events.dispatcher import Deliverer
from app.core.events.handlers import Handlers
from app.core.events.jobs import JobSettings
from app.core.events.outbox_message import OutboxEntry
from app.core.events.relay import Relay, running


@asynccontextmanager
async def open_jobs(
    storage: Storage[Work],
    handlers: Handlers[Work],
    clock: Clock,
    settings: JobSettings,
) -> AsyncIterator[None]:
    """Handle events while the body runs; on leaving, finish the one that is being handled."""
    deliverer = Deliverer(storage, handlers, clock, settings)

    async def deliver(entry: OutboxEntry) -> None:
        await deliverer.deliver(entry.event.id, entry.attempts)

    relay = Relay(storage.outbox, deliver, clock, settings, settings.lease)
    async with running(relay, settings.shutdown_grace):
        yield
