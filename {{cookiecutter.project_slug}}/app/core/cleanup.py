"""What is kept for a while is deleted some time after it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from app.core.clock import Clock
from app.core.database.errors import reason_of
from app.core.database.unit_of_work import UnitOfWorkFactory, Work

logger = structlog.get_logger()

Purge = Callable[[UnitOfWorkFactory[Work], Clock], Awaitable[int]]
"""Deletes rows that are no longer needed, and returns how many."""

FIRST_SECONDS = 60
"""The longest wait before the first time, so that also what is restarted often gets to it."""

EVERY_SECONDS = 3600
"""The mean time between one time and the next."""


@asynccontextmanager
async def keeping_house(
    unit_of_work: UnitOfWorkFactory[Work],
    clock: Clock,
    purges: Sequence[Purge[Work]],
) -> AsyncIterator[None]:
    """Delete what is old beside the body, again and again."""
    task = asyncio.create_task(_keep_house(unit_of_work, clock, purges))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _keep_house(
    unit_of_work: UnitOfWorkFactory[Work],
    clock: Clock,
    purges: Sequence[Purge[Work]],
) -> None:
    """Never end, whatever storage does. Processes that start together part in time."""
    await _pause(0, FIRST_SECONDS)
    while True:
        for purge in purges:
            try:
                await purge(unit_of_work, clock)
            except Exception as error:
                logger.warning("housekeeping_interrupted", reason=reason_of(error))
        await _pause(EVERY_SECONDS / 2, EVERY_SECONDS * 3 / 2)


async def _pause(shortest: float, longest: float) -> None:
    await asyncio.sleep(random.uniform(shortest, longest))  # noqa: S311 - no secret
