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
"""Keys kept in memory of either kind, some 20 MB; the one used longest ago is dropped first."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many attempts at once, and one more each time so many seconds have gone by."""

    attempts: int
    seconds: float


class Throttle(ABC):
    """Counts attempts by key, and remembers keys that need not be counted."""

    @abstractmethod
    async def attempt(self, key: str, allowance: Allowance) -> float:
        """Count one attempt and return 0; or, if there is none left, the seconds until there is.

        Attempts that are refused do not count.
        """

    @abstractmethod
    async def forget(self, key: str) -> None:
        """Give back all attempts."""

    @abstractmethod
    async def remember(self, key: str, seconds: float) -> None:
        """Remember a key for so long; counts of attempts are kept apart from it."""

    @abstractmethod
    async def remembers(self, key: str) -> bool:
        """Return whether a key is remembered still."""


class MemoryThrottle(Throttle):
    """Counts what this process sees."""

    def __init__(self, clock: Clock, most_keys: int = MOST_KEYS) -> None:
        self._clock = clock
        self._most_keys = most_keys
        self._used_until: OrderedDict[str, float] = OrderedDict()
        # Apart, so that no number of attempts makes it forget.
        self._remembered_until: OrderedDict[str, float] = OrderedDict()

    async def attempt(self, key: str, allowance: Allowance) -> float:
        now = self._clock.now().timestamp()
        used_until = max(self._used_until.get(key, now), now) + allowance.seconds
        wait = used_until - now - allowance.attempts * allowance.seconds
        if wait > 0:
            return wait
        self._keep(self._used_until, key, used_until)
        return 0

    async def forget(self, key: str) -> None:
        self._used_until.pop(key, None)

    async def remember(self, key: str, seconds: float) -> None:
        now = self._clock.now().timestamp()
        self._keep(self._remembered_until, key, now + seconds)

    async def remembers(self, key: str) -> bool:
        return self._remembered_until.get(key, 0) > self._clock.now().timestamp()

    def _keep(self, times: OrderedDict[str, float], key: str, time: float) -> None:
        times[key] = time
        times.move_to_end(key)
        if len(times) > self._most_keys:
            times.popitem(last=False)
