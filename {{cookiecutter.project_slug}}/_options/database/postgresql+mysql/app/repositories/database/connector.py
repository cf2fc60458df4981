"""Making connections when those who asked for them may go away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Connection = TypeVar("Connection")


class Connector(Generic[Connection]):
    """Makes one connection with each call.

    A driver that is cancelled while it connects leaves sockets and futures lying about. So
    it is never cancelled: it finishes, within the time it has for connecting, and what
    nobody waits for any more is discarded then.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        discard: Callable[[Connection], None],
    ) -> None:
        self._connect = connect
        self._discard = discard
        self._abandoned: set[asyncio.Task[Connection]] = set()

    async def __call__(self) -> Connection:
        """Return a new connection, or raise what the driver raises."""
        attempt = asyncio.create_task(self._attempt())
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            self._abandoned.add(attempt)
            attempt.add_done_callback(self._tidy_up)
            raise

    async def _attempt(self) -> Connection:
        return await self._connect()

    def _tidy_up(self, attempt: asyncio.Task[Connection]) -> None:
        self._abandoned.discard(attempt)
        if not attempt.cancelled() and attempt.exception() is None:
            self._discard(attempt.result())
