"""Waiting for one of few connections, in a queue that is fair."""

import asyncio

from app.core.database.errors import StorageUnavailable
from app.core.database.pool_settings import PoolSettings


class Turns:
    """Lets as many have a connection as there are, first come, first served.

    SQLAlchemy's own queue gives what comes back to whoever asks next, be others waiting or
    not: under load most wait for a moment, and a few until they are out of time.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self._free = asyncio.Semaphore(settings.size + settings.overflow)
        self._wait = settings.wait
        self.waiting = 0

    async def take(self) -> None:
        """Wait for a turn.

        Raises:
            StorageUnavailable: it did not come within the time that is set.
        """
        if not self._free.locked():
            await self._free.acquire()
            return
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        except TimeoutError:
            raise StorageUnavailable("no connection was free in time") from None
        finally:
            self.waiting -= 1

    def give_back(self) -> None:
        """Let the next one have its turn."""
        self._free.release()
