"""One deadline for all that a transaction waits for."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.database.error_translation import translated_errors


class Budget:
    """Seconds that the database may take for a transaction in all.

    Waits for a connection, for locks and for answers add up. Time that the service itself
    spends between statements does not count.
    """

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @property
    def left(self) -> float:
        """The seconds that are left."""
        return self._left

    @asynccontextmanager
    async def spend(self, at_least: float = 0) -> AsyncIterator[None]:
        """Run the body within the seconds that are left, and let only repository errors out.

        Raises:
            StorageUnavailable: no time is left.
            RepositoryError: see `translated_errors`.
        """
        started = time.monotonic()
        try:
            async with translated_errors(max(self._left, at_least)):
                yield
        finally:
            self._left -= time.monotonic() - started
