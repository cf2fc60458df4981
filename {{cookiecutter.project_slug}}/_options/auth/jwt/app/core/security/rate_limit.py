"""How often something may be tried.

The generic cell rate algorithm: all that is kept of a key is one time, and how long to wait
comes out of it. (The `limits` library knows neither our clock nor a bound for its memory.)

Source: ITU-T I.371, annex A; https://brandur.org/rate-limiting
"""

from abc import ABC, abstractmethod
from collections import OrderedDict
from dataclasses import dataclass

from app.core.clock import Clock

MOST_KEYS = 100_000
"""Keys kept in memory, some 20 MB; the one used longest ago is dropped first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many attempts at once, and one more each time so many seconds have gone by."""

    attempts: int
    seconds: float


class Throttle(ABC):
    """Counts attempts by key."""

    @abstractmethod
    async def attempt(self, key: str, allowance: Allowance) -> float:
        """Count one attempt and return 0; or, if there is none left, the seconds until there is.

        Attempts that are refused do not count.
        """

    @abstractmethod
    async def forget(self, key: str) -> None:
        """Give back all attempts."""


class MemoryThrottle(Throttle):
    """Counts what this process sees."""

    def __init__(self, clock: Clock, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._used_until: OrderedDict[str, float] = OrderedDict()

    async def attempt(self, key: str, allowance: Allowance) -> float:
        used = self.used(key) + allowance.seconds
        wait = used - allowance.attempts * allowance.seconds
        if wait > 0:
            return wait
        self.use(key, used)
        return 0

    async def forget(self, key: str) -> None:
        self._used_until.pop(key, None)

    def used(self, key: str) -> float:
        """Return in how many seconds all attempts for a key have come back."""
        now = self._clock.monotonic()
        return max(self._used_until.get(key, now) - now, 0)

    def use(self, key: str, seconds: float) -> None:
        """Let all attempts for a key have come back in so many seconds."""
        self._used_until[key] = self._clock.monotonic() + seconds
        self._used_until.move_to_end(key)
        if len(self._used_until) > self._most_keys:
            self._used_until.popitem(last=False)
