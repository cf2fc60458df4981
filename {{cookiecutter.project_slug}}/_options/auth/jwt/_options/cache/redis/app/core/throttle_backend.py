"""Attempts are counted in Redis or Valkey, together with those that other processes see."""

from contextlib import suppress
from typing import cast

from app.core.cache import RedisCache
from app.core.cache_port import Cache
from app.core.clock import Clock
from app.core.redis_link import CacheUnavailable, RedisLink
from app.core.throttle import Allowance, MemoryThrottle, Throttle

_ATTEMPT = """
local now, interval, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local used_until = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + interval
local wait = used_until - now - most * interval
if wait > 0 then return wait end
redis.call('SET', KEYS[1], string.format('%.0f', used_until), 'PX', used_until - now)
return 0
"""
"""What `MemoryThrottle.attempt` does, in whole milliseconds, and as one step."""


class RedisThrottle(Throttle):
    """Keeps a time for each key under `prefix`.

    While the server does not answer, this process counts and remembers what it sees itself:
    whoever knows the password is let in, and whoever tries some is still stopped.
    """

    def __init__(self, link: RedisLink, prefix: str, clock: Clock) -> None:
        self._link = link
        self._prefix = prefix
        self._known = f"{prefix}known:"
        self._clock = clock
        self._alone = MemoryThrottle(clock)

    async def attempt(self, key: str, allowance: Allowance) -> float:
        now = round(self._clock.now().timestamp() * 1000)
        interval = max(1, round(allowance.seconds * 1000))
        try:
            wait: int = await self._link.send(
                lambda client: client.register_script(_ATTEMPT)(
                    [self._prefix + key],
                    [now, interval, allowance.attempts],
                ),
            )
        except CacheUnavailable:
            return await self._alone.attempt(key, allowance)
        return wait / 1000

    async def forget(self, key: str) -> None:
        await self._alone.forget(key)
        await self._link.delete(self._prefix + key)

    async def remember(self, key: str, seconds: float) -> None:
        await self._alone.remember(key, seconds)
        lifetime = round(seconds * 1000)
        with suppress(CacheUnavailable):
            await self._link.send(
                lambda client: client.set(self._known + key, "", px=lifetime),
            )

    async def remembers(self, key: str) -> bool:
        try:
            found: int = await self._link.send(
                lambda client: client.exists(self._known + key),
            )
        except CacheUnavailable:
            found = 0
        return bool(found) or await self._alone.remembers(key)


def make_throttle(cache: Cache, clock: Clock) -> Throttle:
    """Return what counts attempts, where the cache is that `open_cache` opens."""
    redis = cast("RedisCache", cache)
    return RedisThrottle(redis.link, f"{redis.link.prefix}:attempts:", clock)
