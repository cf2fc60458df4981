"""Events are handled in the process that serves requests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.container import Container
from app.core.events.dispatcher import Deliverer
from app.core.events.outbox_message import OutboxEntry
from app.core.events.relay import Relay, running


@asynccontextmanager
async def open_jobs(container: Container) -> AsyncIterator[None]:
    """Handle events while the body runs; on leaving, finish the one that is being handled."""
    settings = container.settings.jobs
    deliverer = Deliverer(
        container.storage,
        container.handlers(),
        container.clock,
        settings,
    )

    async def deliver(entry: OutboxEntry) -> None:
        await deliverer.deliver(entry.event.id, entry.attempts)

    relay = Relay(
        container.storage.outbox,
        deliver,
        container.clock,
        settings,
        settings.lease,
    )
    async with running(relay, settings.shutdown_grace):
        yield
