"""Single flight: those who want the same thing at the same time share one call that gets it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from app.core.deadline import no_deadline

Value = TypeVar("Value")


class Flights(Generic[Value]):
    """Calls under way, each with a name by which it is joined.

    Source: https://pkg.go.dev/golang.org/x/sync/singleflight
    """

    def __init__(self) -> None:
        self._joinable: dict[str, asyncio.Task[Value]] = {}
        self._under_way: set[asyncio.Task[Value]] = set()

    async def join(self, name: str, call: Callable[[], Awaitable[Value]]) -> Value:
        """Return what the call of this name returns; if none is under way, start `call`.

        It runs in a task of its own, so whoever is cancelled takes nothing from the others.

        Raises:
            Exception: whatever the call raises.
        """
        task = self._joinable.get(name)
        if task is None:
            task = self._start(name, call)
        return await asyncio.shield(task)

    def part(self, name: str) -> None:
        """Let nobody join the call of this name any more: whoever comes next starts another."""
        self._joinable.pop(name, None)

    async def aclose(self) -> None:
        """Stop all calls: what they use is about to be closed."""
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def is_joinable(self, name: str) -> bool:
        """Whether the task that asks is the call of this name, and was not parted with."""
        return self._joinable.get(name) is asyncio.current_task()

    def _start(
        self,
        name: str,
        call: Callable[[], Awaitable[Value]],
    ) -> asyncio.Task[Value]:
        with no_deadline():  # the caller's is not that of the others
            task = asyncio.create_task(_await(call))
        self._joinable[name] = task
        self._under_way.add(task)  # the event loop alone would not keep it alive
        task.add_done_callback(partial(self._end, name))
        return task

    def _end(self, name: str, task: asyncio.Task[Value]) -> None:
        self._under_way.discard(task)
        if self._joinable.get(name) is task:
            del self._joinable[name]
        if not task.cancelled():
            task.exception()  # seen, even if nobody waits any more


async def _await(call: Callable[[], Awaitable[Value]]) -> Value:
    return await call()
