"""Handlers and time, made to order for tests of jobs."""

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from unittest.mock import Mock

from app.core.clock import Clock
from app.core.events.event import Event
from app.core.events.handlers import Handler
from app.repositories.interfaces.storage import Storage, UnitOfWork
from app.services.statistics import StatisticsService
from app.services.users import UserService


class ManualClock(Clock):
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self._now = datetime(2026, 2, 1, tzinfo=UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds

    def set_back(self, seconds: float) -> None:
        self._now -= timedelta(seconds=seconds)


class Counting(Handler[UnitOfWork]):
    """Counts events on a day of its own, after raising `failures`, one each time."""

    def __init__(self, name: str, day: date, *failures: Exception) -> None:
        self.name = name  # type: ignore[misc]
        self._day = day
        self._failures = list(failures)

    async def handle(self, event: Event, work: UnitOfWork) -> None:
        await work.registrations.increment(self._day)
        if self._failures:
            raise self._failures.pop(0)


class Stuck(Handler[UnitOfWork]):
    """Never comes to an end; `reached` says that it began."""

    name = "stuck"

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def handle(self, event: Event, work: UnitOfWork) -> None:
        await work.registrations.increment(event.occurred_at.date())
        self.reached.set()
        await asyncio.Event().wait()


def user_service(storage: Storage, clock: Clock) -> UserService:
    """Return what registers users."""
    statistics = Mock(spec=StatisticsService)
    return UserService(storage.users, storage.unit_of_work, clock, statistics)


async def announce(storage: Storage, *events: Event) -> None:
    """Store events that are to be delivered."""
    async with storage.unit_of_work() as work:
        for event in events:
            await work.outbox.add(event)
        await work.commit()


async def counts(storage: Storage) -> dict[date, int]:
    """Return all that was counted, by day."""
    return dict(await storage.registrations.by_day(date(1000, 1, 1), date(2100, 1, 1)))


async def eventually(condition: Callable[[], bool], patience: float = 20) -> None:
    """Return as soon as a condition holds; raise TimeoutError if that takes too many seconds."""
    async with asyncio.timeout(patience):
        while True:
            if condition():
                return
            await asyncio.sleep(0.001)


async def delivered(
    storage: Storage,
    patience: float = 20,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Return as soon as nothing is left to deliver."""
    async with asyncio.timeout(patience):
        while True:
            backlog = await storage.outbox.backlog()
            if not backlog.pending:
                return
            meanwhile()
            await asyncio.sleep(0.01)
