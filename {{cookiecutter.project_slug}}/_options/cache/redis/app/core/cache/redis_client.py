"""The way to Redis or Valkey: short deadlines, and no waiting for what does not answer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core.cache.circuit_breaker import CircuitBreaker
from app.core.observability.instrumentation import measured

Answer = TypeVar("Answer")

MAX_OWED = 10_000
DELETED_AT_ONCE = 500

_FAILURES = (RedisError, OSError, TimeoutError)

logger = structlog.get_logger()


class CacheUnavailable(Exception):
    """The cache does not answer, or not in time. Regions never let it out."""


@measured("cache")
class RedisLink:
    """Sends commands, each within `deadline` seconds, until one fails.

    From then on every command fails at once, while a probe in the background finds out when
    the server can be used again: no caller waits for that. What was to be deleted meanwhile
    (up to `MAX_OWED` keys) is deleted before the first command is let through. A probe may
    take `connect_wait` seconds to connect. All keys begin with `prefix`.
    """

    def __init__(
        self,
        client: Redis,
        breaker: CircuitBreaker,
        *,
        deadline: float,
        connect_wait: float,
        prefix: str,
    ) -> None:
        self._client = client
        self._breaker = breaker
        self._deadline = deadline
        self._connect_wait = connect_wait
        self.prefix = prefix
        self._owed: set[str] = set()
        self._probing: asyncio.Task[None] | None = None

    async def send(self, command: Callable[[Redis], Awaitable[Answer]]) -> Answer:
        """Return the server's answer to a command.

        Raises:
            CacheUnavailable: there was none in time, or the server did not answer lately.
        """
        if not self._breaker.is_closed:
            if self._breaker.take_probe():
                self._probing = asyncio.create_task(self.probe())
            raise CacheUnavailable("it did not answer lately")
        try:
            async with asyncio.timeout(self._deadline):
                return await command(self._client)
        except _FAILURES as error:
            if self._breaker.is_closed:
                logger.warning("cache_unavailable", reason=repr(error))
            self._breaker.call_failed()
            raise CacheUnavailable(repr(error)) from None

    async def delete(self, key: str) -> None:
        """Delete a key: now, or as soon as the server can be used again."""
        try:
            await self.send(lambda client: client.unlink(key))
        except CacheUnavailable:
            if len(self._owed) < MAX_OWED:
                self._owed.add(key)

    async def probe(self) -> None:
        """Find out whether the server can be used, and let commands through if it can."""
        try:
            async with asyncio.timeout(self._connect_wait):
                await self._client.ping()
            async with asyncio.timeout(self._deadline):
                # A full or read-only server answers, and still is of no use.
                await self._client.set(f"{self.prefix}:probe", "", ex=1)
            await self._delete_owed()
        except _FAILURES as error:
            self._breaker.probe_failed()
            logger.debug("cache_still_unavailable", reason=repr(error))
        else:
            if not self._breaker.is_closed:
                logger.info("cache_available")
            self._breaker.probe_succeeded()

    async def close(self) -> None:
        """Close every connection."""
        if self._probing is not None:
            self._probing.cancel()
        with contextlib.suppress(*_FAILURES):
            await self._client.aclose()

    async def _delete_owed(self) -> None:
        """Delete what is owed, also what comes to be owed meanwhile; each command has its time."""
        while self._owed:
            keys = list(islice(self._owed, DELETED_AT_ONCE))
            # Before they are deleted: what is owed again meanwhile has to stay.
            self._owed.difference_update(keys)
            try:
                async with asyncio.timeout(self._deadline):
                    await self._client.unlink(*keys)
            except BaseException:
                self._owed.update(keys)
                raise
