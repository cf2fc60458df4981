"""Events are handed to workers; they are handled in other processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from taskiq import AsyncBroker, SendTaskError
from taskiq.kicker import AsyncKicker

from app.container import Container
from app.core.events.broker import TASK, make_broker
from app.core.events.outbox_message import OutboxEntry
from app.core.events.relay import Relay, running


@asynccontextmanager
async def open_jobs(container: Container) -> AsyncIterator[None]:
    """Publish events while the body runs."""
    settings = container.settings.jobs
    broker = make_broker(settings)

    async def hand_over(entry: OutboxEntry) -> None:
        async with asyncio.timeout(settings.publish_deadline):
            await publish(broker, entry)

    relay = Relay(
        container.storage.outbox,
        hand_over,
        container.clock,
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
