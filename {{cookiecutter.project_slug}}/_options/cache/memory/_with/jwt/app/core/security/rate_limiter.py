"""Attempts are counted in this process: several processes allow as many times as much."""

from app.core.cache.base import Cache
from app.core.clock import Clock
from app.core.security.rate_limit import MemoryThrottle, Throttle


def make_throttle(_cache: Cache, clock: Clock) -> Throttle:
    """Return what counts attempts."""
    return MemoryThrottle(clock)
