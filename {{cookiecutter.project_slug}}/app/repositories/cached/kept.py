"""What is kept of storage, and what must not be kept any longer."""

import asyncio

from app.core.cache.base import Cache, Lifetimes, Region
from app.core.cache.pending_invalidations import Written
from app.models.user import User

KeptUsers = Region[User | None]
"""Users by id, and for a short while also that there is none."""


class Kept:
    """A region of the cache for each kind of thing that is read by id."""

    def __init__(self, cache: Cache, lifetimes: Lifetimes) -> None:
        self.users: KeptUsers = cache.region("users", User | None, lifetimes)
        self._forgetting: set[asyncio.Task[None]] = set()

    async def forget(self, written: Written) -> None:
        """Keep nothing of what was written, even if the task that wrote it is cancelled.

        Otherwise everybody would read it as it was until its lifetime is over.
        """
        forgetting = asyncio.create_task(written.forget())
        self._forgetting.add(forgetting)
        forgetting.add_done_callback(self._forgetting.discard)
        await asyncio.shield(forgetting)

    async def close(self) -> None:
        """Wait for what is being forgotten."""
        await asyncio.gather(*self._forgetting)
