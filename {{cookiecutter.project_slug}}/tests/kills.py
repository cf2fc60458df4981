"""Processes of the service that are killed in the middle of their work."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from ctypes import c_bool
from datetime import UTC, date, datetime, time, timedelta
from multiprocessing.process import BaseProcess
from time import monotonic, sleep
from typing import NoReturn

from app.container import open_container
from app.core.clock import Clock
from app.core.ids import new_id
from app.core.observability.logging import configure_logging
from app.core.settings import LogFormat, Settings
from app.main import open_service
from app.models.user import UserDetails
from tests.core.forks import forks
from tests.core.jobs import user_service
from tests.engine import WORKERS

FIRST_DAY = date(1200, 1, 1)
DAYS_OF_A_PROCESS = 2000
LONGEST_PAUSE = 0.02

Role = Callable[[Settings, date, c_bool], Coroutine[None, None, None]]


class OneDayEach(Clock):
    """Each look at this clock is on a day of its own: what is counted twice, or not, shows."""

    def __init__(self, first: date) -> None:
        self._next = datetime.combine(first, time(9, 30), UTC)

    def now(self) -> datetime:
        now = self._next
        self._next += timedelta(days=1)
        return now


async def serve(settings: Settings, first_day: date, registered: c_bool) -> NoReturn:
    """Register one user after another, and undo every third registration."""
    async with open_service(settings) as container:
        storage = container.storage
        clock = OneDayEach(first_day)
        service = user_service(storage, clock)
        number = 0
        while True:
            number += 1
            email = f"{first_day}-{number}@example.com"
            details = UserDetails(email=email, name="Ada")
            if number % 3:
                await service.register(details)
            else:
                async with storage.unit_of_work() as work:
                    await service.register_within(work, new_id(clock.now()), details)
            registered.value = True
            await asyncio.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311


async def work(settings: Settings, _first_day: date, _registered: c_bool) -> None:
    """Do what workers do."""
    async with open_container(settings) as container, WORKERS[0](container):
        await asyncio.Event().wait()


ROLES: list[Role] = [serve, serve, *(work for _ in WORKERS)]


class Group:
    """Processes of each role, each of which is replaced when it is killed."""

    def __init__(self, settings: Settings) -> None:
        self._context = forks()
        self._settings = settings
        self._started = 0
        # Without a lock: whoever is killed while holding it would keep it.
        self._registered = self._context.RawValue(c_bool, False)
        self._processes = [self._start(role) for role in ROLES]

    def wait_for_work(self) -> None:
        """Return when the first registration is made."""
        give_up_at = monotonic() + 30
        while not self._registered.value:
            assert monotonic() < give_up_at
            sleep(0.01)

    def kill(self, index: int) -> None:
        """Kill a process with SIGKILL, and start another one in its place."""
        _kill(self._processes[index])
        self._processes[index] = self._start(ROLES[index])

    def kill_all(self) -> None:
        for process in self._processes:
            _kill(process)

    def _start(self, role: Role) -> BaseProcess:
        first_day = FIRST_DAY + timedelta(days=DAYS_OF_A_PROCESS * self._started)
        self._started += 1
        arguments = (role, self._settings, first_day, self._registered)
        process = self._context.Process(target=_run, args=arguments)
        process.start()
        return process


@contextmanager
def running_group(settings: Settings) -> Iterator[Group]:
    """Start processes, and kill those that are left on leaving."""
    group = Group(settings)
    try:
        yield group
    finally:
        group.kill_all()


def _run(role: Role, settings: Settings, first_day: date, registered: c_bool) -> None:
    configure_logging("critical", LogFormat.JSON)
    asyncio.run(role(settings, first_day, registered))


def _kill(process: BaseProcess) -> None:
    process.kill()
    process.join()
