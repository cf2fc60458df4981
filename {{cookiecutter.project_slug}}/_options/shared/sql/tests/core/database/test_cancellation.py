"""A caller can go away at any moment, and leaves no connection behind."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from app.core.database.driver import open_engines
from app.core.database.engines import Engines
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings
from app.models.user import User
from app.repositories.database.storage import DatabaseStorage
from tests.conftest import MakeUser
from tests.database import PATIENCE, connections

SIZE = 2

Call = Callable[[DatabaseStorage, User], Coroutine[Any, Any, object]]


class Cancelled:
    """Awaits a call, and cancels the task at one of its suspensions.

    That happens as soon as it waits, or `late`: once it is over, and the task was not yet
    resumed.
    """

    def __init__(self, call: Awaitable[object], step: int, *, late: bool) -> None:
        self._call = call
        self._step = step
        self._late = late
        self.was_reached = False

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._call.__await__()
        resume = partial(next, steps)
        for number in count():
            try:
                waited_for = resume()
            except StopIteration:
                return
            if number == self._step:
                self.was_reached = True
                self._cancel(waited_for)
            try:
                yield waited_for
            except BaseException as error:
                resume = partial(steps.throw, error)
            else:
                resume = partial(next, steps)

    def _cancel(self, waited_for: "asyncio.Future[object] | None") -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._late and waited_for is not None:
            waited_for.add_done_callback(lambda _: task.cancel())
        else:
            task.cancel()


async def _read(storage: DatabaseStorage, _user: User) -> None:
    await storage.users.get(uuid4())


async def _commit(storage: DatabaseStorage, user: User) -> None:
    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()


async def _roll_back(storage: DatabaseStorage, user: User) -> None:
    async with storage.unit_of_work() as work:
        await work.users.add(user)


async def _close(storage: DatabaseStorage, _user: User) -> None:
    await storage._engines.close()


@pytest.fixture
def small(database_settings: DatabaseSettings) -> DatabaseSettings:
    """The tests' database, for few connections."""
    pool = PoolSettings(size=SIZE, overflow=0, wait=PATIENCE)
    return database_settings.model_copy(update={"pool": pool, "deadline": PATIENCE})


async def _take_all(engines: Engines) -> None:
    """Take as many connections as each pool has."""
    for pool in engines.pools:
        async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE):
            for _ in range(pool._settings.size):
                await stack.enter_async_context(pool.connect())


@pytest.mark.parametrize("call", [_read, _commit, _roll_back, _close])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("late", [False, True])
async def test_a_call_cancelled_at_any_await_leaves_no_connection(
    small: DatabaseSettings,
    make_user: MakeUser,
    call: Call,
    warm: bool,
    late: bool,
) -> None:
    before = await connections(small)
    for step in count():
        async with open_engines(small) as engines:
            storage = DatabaseStorage(engines, small.deadline)
            if warm:
                await _take_all(engines)
            cancelled = Cancelled(
                call(storage, make_user(f"{uuid4()}@example.com")),
                step,
                late=late,
            )
            task = asyncio.ensure_future(cancelled)
            await asyncio.wait([task])
            assert task.cancelled() or not cancelled.was_reached or late

            if call is not _close:
                await _take_all(engines)
                assert storage.pool_usage().in_use == 0

        async with asyncio.timeout(PATIENCE):
            found = await connections(small)
            while found > before:
                await asyncio.sleep(0.01)
                found = await connections(small)
        if not cancelled.was_reached:
            return
