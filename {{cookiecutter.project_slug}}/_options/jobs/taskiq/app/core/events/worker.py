"""Handles events that relays have published."""

import asyncio
from typing import Any, Generic
from uuid import UUID

import structlog
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from app.core.backoff import LONGEST_INTERRUPTION, pause, wait
from app.core.clock import Clock
from app.core.database.errors import reason_of
from app.core.database.storage import Storage
from app.core.database.unit_of_work import Work
from app.core.events.broker import TASK, make_broker
from app.core.events.dispatcher import Deliverer
from app.core.events.handlers import Handlers
from app.core.events.jobs import JobSettings

logger = structlog.get_logger()


class Worker(Generic[Work]):
    """Delivers what it gets from the stream, until it is told to stop.

    A message is acknowledged when its attempt has come to an end, good or bad: what is to be
    tried again is known to the outbox. Whatever a worker has when it is killed is given to
    another one, or published again.
    """

    def __init__(
        self,
        storage: Storage[Work],
        handlers: Handlers[Work],
        clock: Clock,
        settings: JobSettings,
    ) -> None:
        self._settings = settings
        self._deliverer = Deliverer(storage, handlers, clock, settings)
        self._broker = make_broker(self._settings)
        self._broker.is_worker_process = True
        self._deliveries: set[asyncio.Task[Any]] = set()

        # taskiq renames what it registers, and a method can't be renamed.
        async def deliver(event_id: str, attempts: int) -> None:
            self._note_current_task()
            await self._deliverer.deliver(UUID(event_id), attempts)

        self._broker.register_task(deliver, TASK)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; then finish what was begun, within the grace that is set."""
        logger.info("worker_started", stream=self._settings.stream)
        interruptions = 0
        now = asyncio.get_running_loop().time
        try:
            while not stopping.is_set():
                began_at = now()
                try:
                    await self._receiver().listen(stopping)
                except Exception as error:
                    if now() - began_at >= LONGEST_INTERRUPTION:
                        interruptions = 0  # it worked in between
                    interruptions += 1
                    logger.warning("worker_interrupted", reason=_reason_of(error))
                    first = self._settings.poll
                    seconds = pause(interruptions, first, LONGEST_INTERRUPTION)
                    await wait(stopping, seconds)
        finally:
            await self._cut_short()
            await self._broker.shutdown()

    def _receiver(self) -> Receiver:
        """Return what asks for messages, and begins with making sure that there is a stream."""
        return Receiver(
            self._broker,
            max_async_tasks=self._settings.concurrency,
            run_startup=True,
            ack_type=AcknowledgeType.WHEN_EXECUTED,
            wait_tasks_timeout=self._settings.shutdown_grace,
        )

    def _note_current_task(self) -> None:
        """Remember the task of taskiq that delivers and then acknowledges."""
        task = asyncio.current_task()
        if task is not None:
            self._deliveries.add(task)
            task.add_done_callback(self._deliveries.discard)

    async def _cut_short(self) -> None:
        """Hand back what did not come to an end in time."""
        unfinished = list(self._deliveries)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)


def _reason_of(error: Exception) -> str:
    """Name the first of what went wrong side by side."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return reason_of(error)
