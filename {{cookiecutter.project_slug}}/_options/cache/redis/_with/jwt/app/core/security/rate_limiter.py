"""Attempts are counted in Redis or Valkey, together with those that other processes see."""

import math
from typing import cast

from app.core.cache.backend import RedisCache
from app.core.cache.base import Cache
from app.core.cache.redis_client import CacheUnavailable, RedisLink
from app.core.clock import Clock
from app.core.security.rate_limit import MOST_KEYS, Allowance, MemoryThrottle, Throttle

_ATTEMPT = """
local now, interval, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local stored = tonumber(redis.call('GET', KEYS[1]) or 0) - now
local used = math.min(math.max(stored, tonumber(ARGV[4])), longest)
local wait = math.max(used + interval - longest, 0)
if wait == 0 then used = used + interval end
if used ~= stored then
    redis.call('SET', KEYS[1], string.format('%.0f', now + used), 'PX', used)
end
return {wait, used}
"""
"""Do what `MemoryThrottle.attempt` does, in whole milliseconds, and as one step.

The last argument is what the caller knows to be used. No more than the whole allowance ever
is: what is stored lies further ahead when the clock of a process was set back.
"""


class RedisThrottle(Throttle):
    """Keeps a time for each key under `prefix`.

    While the server does not answer, or not in time, this process counts alone, from where
    the server had got to. What it counted alone is told with the next attempt for the key.
    So an outage gives no more than one allowance for each process, however often it occurs.
    """

    def __init__(self, link: RedisLink, prefix: str, clock: Clock) -> None:
        self._link = link
        self._prefix = prefix
        self._clock = clock
        self._alone = MemoryThrottle(clock)
        self._untold: set[str] = set()

    async def attempt(self, key: str, allowance: Allowance) -> float:
        now = round(self._clock.now().timestamp() * 1000)
        interval = max(1, round(allowance.seconds * 1000))
        longest = interval * allowance.attempts
        told = math.ceil(self._alone.used(key) * 1000) if key in self._untold else 0
        try:
            wait, used = await self._link.send(
                lambda client: client.register_script(_ATTEMPT)(
                    [self._prefix + key],
                    [now, interval, longest, told],
                ),
            )
        except CacheUnavailable:
            return await self._attempt_alone(key, allowance)
        # Otherwise attempts were counted alone while the server was answering.
        if key not in self._untold or self._alone.used(key) * 1000 <= told:
            self._untold.discard(key)
            self._alone.use(key, used / 1000)
        return float(wait / 1000)

    async def forget(self, key: str) -> None:
        self._untold.discard(key)
        await self._alone.forget(key)
        await self._link.delete(self._prefix + key)

    async def _attempt_alone(self, key: str, allowance: Allowance) -> float:
        wait = await self._alone.attempt(key, allowance)
        if not wait and len(self._untold) < MOST_KEYS:
            self._untold.add(key)
        return wait


def make_throttle(cache: Cache, clock: Clock) -> Throttle:
    """Return what counts attempts, where the cache is that `open_cache` opens."""
    redis = cast("RedisCache", cache)
    return RedisThrottle(redis.link, f"{redis.link.prefix}:attempts:", clock)
