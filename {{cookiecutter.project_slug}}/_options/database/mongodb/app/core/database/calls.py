"""Calls of the driver, which are never cancelled while it holds a lock.

Up to Python 3.11, a task that is cancelled in `asyncio.wait_for(condition.wait())` goes on
without the condition's lock, which then stays locked for good. The driver waits like that
for servers and for connections. So each call is a task of its own. A caller that is
cancelled stops waiting; the call ends by itself, at the deadline that the driver keeps.

Source: https://github.com/python/cpython/issues/86296
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pymongo
from pymongo.network_layer import async_receive_message

from app.core.database.error_translation import DRIVER_ERRORS, translated
from app.core.database.errors import StorageUnavailable
from app.core.deadline import remaining

Result = TypeVar("Result")

GRACE_SECONDS = 0.2
"""The driver's deadline comes first: the server keeps it too, and it comes with a reason. This
much later the caller stops waiting, whatever the driver does."""

STUCK_SECONDS = 3
"""A call that goes on for so long after its deadline never ends; healthy ones take up to half
a second, which is how often the driver looks at the time while it waits for a server."""

POLL_SECONDS = 0.05


class Calls:
    """Runs calls of one client of the driver.

    `on_stuck` is called when the client can't be used any more: it broke, or a call does not
    end.
    """

    def __init__(self, on_stuck: Callable[[], None] = lambda: None) -> None:
        self._on_stuck = on_stuck
        self._abandoned: set[asyncio.Task[None]] = set()

    async def run(self, call: Coroutine[Any, Any, Result], limit: float) -> Result:
        """Return the result of a call that may take so many seconds, or less if the caller has.

        The driver's errors are cut off: their texts quote documents, which hold personal data.

        Raises:
            StorageUnavailable: the database is out of reach, or too slow.
            ConstraintViolated: a unique index is violated.
        """
        seconds = remaining(limit)
        with pymongo.timeout(seconds):
            task = asyncio.create_task(call)
        try:
            await asyncio.wait((task,), timeout=seconds + GRACE_SECONDS)
        finally:
            if not task.done():
                self._abandon(task, seconds)
        if not task.done():
            raise StorageUnavailable(f"no answer within {seconds:.3g} s")
        try:
            return task.result()
        except DRIVER_ERRORS as error:
            if isinstance(error, RuntimeError):
                self._on_stuck()
            raise translated(error) from None

    async def ended(self) -> None:
        """Return when no call goes on that its caller has left."""
        if self._abandoned:
            await asyncio.wait(self._abandoned)

    def _abandon(self, task: asyncio.Task[Any], seconds: float) -> None:
        _stop_receiving(task)
        watching = asyncio.create_task(self._watch(task, seconds + STUCK_SECONDS))
        self._abandoned.add(watching)
        watching.add_done_callback(self._abandoned.discard)

    async def _watch(self, task: asyncio.Task[Any], seconds: float) -> None:
        """Wait until a call ends; stop it where that is safe, and anywhere if it is stuck."""
        loop = asyncio.get_running_loop()
        stuck_at = loop.time() + seconds
        while not task.done():
            if loop.time() > stuck_at:
                self._on_stuck()
                task.cancel()
            await asyncio.wait((task,), timeout=POLL_SECONDS)
            _stop_receiving(task)
        if not task.cancelled():
            task.exception()  # seen: its caller has left


def _stop_receiving(task: asyncio.Task[Any]) -> None:
    """Cancel a call once, if the driver waits for the server's answer and nothing else.

    It holds no lock then, and closes the connection, so that the server stops working too.
    """
    awaited: Any = None if task.cancelling() else task.get_coro()
    while awaited is not None:
        if getattr(awaited, "cr_code", None) is async_receive_message.__code__:
            task.cancel()
        awaited = getattr(awaited, "cr_await", None)
