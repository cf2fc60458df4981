"""Events are handed to workers; they are handled in other processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from taskiq import AsyncBroker, SendTaskError
from taskiq.kicker import AsyncKicker

from app.core.clock import Clock
from app.core.database.storage import Storage
from app.core.database.unit_of_work import Work
from app.core.events.broker import TASK, make_broker
from app.core.events.handlers import Handlers
from app.core.events.jobs import JobSettings
from app.core.events.outbox_message import OutboxEntry
from app.core.events.relay import Relay, running


@asynccontextmanager
async def open_jobs(
    storage: Storage[Work],
    _handlers: Handlers[Work],
    clock: Clock,
    settings: JobSettings,
) -> AsyncIterator[None]:
    """Publish events while the body runs."""
    broker = make_broker(settings)

    async def hand_over(entry: OutboxEntry) -> None:
        async with asyncio.timeout(settings.publish_deadline):
            await publish(broker, entry)

    relay = Relay(
        storage.outbox,
        hand_over,
        clock,
        settings,
        settings.republish,
    )
    try:
        async with running(relay, settings.shutdown_grace):
            yield
    finally:
        await broker.shutdown()


async def publish(broker: AsyncBroker, entry: OutboxEntry) -> None:
    """Ask workers to deliver an event.

    Raises:
        Exception: whatever the way to the broker ends with.
    """
    deliver: AsyncKicker[[str, int], None] = AsyncKicker(TASK, broker, labels={})
    try:
        await deliver.kiq(str(entry.event.id), entry.attempts)
    except SendTaskError as error:
        raise error.__cause__ or error from None
