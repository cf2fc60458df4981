"""The time of day, as something that can be handed in."""

import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime


class Clock(ABC):
    """Tells the time.

    Measure intervals within this process with `monotonic`: the time of day is set back now
    and then. What is stored or shared with other processes needs `now`, and a bound.
    """

    @abstractmethod
    def now(self) -> datetime:
        """Return the time in UTC, cut to milliseconds, which every client can hold."""

    def monotonic(self) -> float:
        """Return seconds that never go back, counted from any moment."""
        return time.monotonic()


class SystemClock(Clock):
    """The machine's clock."""

    def now(self) -> datetime:
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
