"""Takes events out of the outbox and hands them over, for as long as the process lives."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from app.core.backoff import LONGEST_INTERRUPTION, pause, wait
from app.core.clock import Clock
from app.core.database.errors import reason_of
from app.core.events.outbox import OutboxQueue
from app.core.events.outbox_message import OutboxEntry
from app.core.events.settings import DeliverySettings
from app.core.observability.metrics import (
    OUTBOX_DEAD,
    OUTBOX_LAG_SECONDS,
    OUTBOX_PENDING,
)

logger = structlog.get_logger()

HandOver = Callable[[OutboxEntry], Awaitable[None]]
"""Takes care of an entry, or raises whatever keeps it from doing so."""

FIGURES_SECONDS = 5
"""Between one look at how much there is to deliver and the next."""

FORGETTING_SECONDS = 3600
"""Between one time of forgetting what handlers did long ago and the next."""

FORGOTTEN_AT_ONCE = 1000


class Relay:
    """Hands over what is due, at once if this process announced it, else within `poll` seconds.

    As many relays as wanted may run at once, in as many processes. Storage or a recipient
    that does not answer interrupts one, and never ends it. What was handed over is due again
    after `lease` seconds if no attempt has begun by then.
    """

    def __init__(
        self,
        queue: OutboxQueue,
        hand_over: HandOver,
        clock: Clock,
        settings: DeliverySettings,
        lease: float,
    ) -> None:
        self._queue = queue
        self._hand_over = hand_over
        self._clock = clock
        self._settings = settings
        self._lease = lease
        longest = max(lease, settings.lease, settings.longest_pause)
        self._longest = timedelta(seconds=longest)
        self._stopping = asyncio.Event()
        self._looking_due_at = self._forgetting_due_at = clock.monotonic()

    async def run(self) -> None:
        """Hand over what is due until told to stop."""
        interruptions = 0
        while not self._stopping.is_set():
            self._queue.arrivals.clear()
            try:
                handed_over = await self._relay_batch()
            except Exception as error:
                interruptions += 1
                logger.warning("relay_interrupted", reason=reason_of(error))
                first = self._settings.poll
                seconds = pause(interruptions, first, LONGEST_INTERRUPTION)
                await wait(self._stopping, seconds)
            else:
                interruptions = 0
                if handed_over < self._settings.batch:
                    await wait(self._queue.arrivals, self._settings.poll)

    async def look_after_outbox(self) -> None:
        """Show how much there is to deliver, and forget old notes, until told to stop.

        That goes on while something is handed over, however long it takes.
        """
        while not self._stopping.is_set():
            try:
                await self._look_if_due()
            except Exception as error:
                logger.warning("outbox_not_looked_after", reason=reason_of(error))
            await wait(self._stopping, self._settings.poll)

    def stop(self) -> None:
        """Finish what is being handed over, hand back the rest, and come to an end."""
        self._stopping.set()
        self._queue.arrivals.set()

    async def _relay_batch(self) -> int:
        ends_at = self._clock.monotonic() + self._lease
        now = self._clock.now()
        until = now + timedelta(seconds=self._lease)
        limit = self._settings.batch
        entries = await self._queue.lease(now=now, until=until, limit=limit)
        held = deque(entries)
        try:
            while held and not self._stopping.is_set():
                await self._hand_over(held[0])
                held.popleft()
                if self._clock.monotonic() > ends_at:
                    break
        finally:
            # After the lease they are due anyway, and others may have leased them.
            if held and self._clock.monotonic() <= ends_at:
                await self._queue.release(held)
        return len(entries)

    async def _look_if_due(self) -> None:
        at = self._clock.monotonic()
        if at < self._looking_due_at:
            return
        self._looking_due_at = at + FIGURES_SECONDS
        now = self._clock.now()
        await self._show_figures(now)
        await self._hasten(now)
        if at >= self._forgetting_due_at:
            # Also if it fails: it is not urgent enough to be tried with each look.
            self._forgetting_due_at = at + FORGETTING_SECONDS
            await self._forget(now - timedelta(days=self._settings.remembered_days))

    async def _hasten(self, now: datetime) -> None:
        """Bound the wait for entries that were written before the clock was set back."""
        hastened = await self._queue.hasten(now=now, latest=now + self._longest)
        if hastened:
            logger.warning("outbox_hastened", count=hastened)

    async def _forget(self, before: datetime) -> None:
        forgotten = FORGOTTEN_AT_ONCE
        while forgotten == FORGOTTEN_AT_ONCE and not self._stopping.is_set():
            forgotten = await self._queue.forget_accepted(before, FORGOTTEN_AT_ONCE)

    async def _show_figures(self, now: datetime) -> None:
        backlog = await self._queue.backlog()
        lag = now - (backlog.oldest or now)
        OUTBOX_PENDING.set(backlog.pending)
        OUTBOX_LAG_SECONDS.set(lag.total_seconds())
        OUTBOX_DEAD.set(backlog.dead)


@asynccontextmanager
async def running(relay: Relay, grace: float) -> AsyncIterator[None]:
    """Run a relay beside the body; what it does on leaving is cut short after `grace` seconds."""
    tasks = [
        asyncio.create_task(relay.run()),
        asyncio.create_task(relay.look_after_outbox()),
    ]
    try:
        yield
    finally:
        relay.stop()
        await asyncio.wait(tasks, timeout=grace)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
