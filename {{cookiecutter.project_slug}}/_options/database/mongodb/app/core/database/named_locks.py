"""Turns: transactions of this process that would collide happen one after another.

MongoDB ends a transaction that collides. Where many are known to collide, waiting here costs
less than beginning again and again; other processes are met in the database.
"""

from asyncio import Lock
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

Wait = Callable[[str], Awaitable[None]]
"""Waits until nobody else has the turn of this name."""


class Turns:
    """A queue for each name; a name that nobody waits for takes no room."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[Wait]:
        """Give what takes turns; all that were taken end on leaving."""
        async with AsyncExitStack() as taken:

            async def wait(name: str) -> None:
                lock = self._locks.setdefault(name, Lock())
                await taken.enter_async_context(lock)

            yield wait
