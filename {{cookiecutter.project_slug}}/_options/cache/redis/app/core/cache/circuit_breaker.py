"""Stops asking what does not answer, until it does again."""

from collections.abc import Callable
from enum import Enum, auto


class State(Enum):
    """Whether calls are let through; half open, a probe is finding out."""

    CLOSED = auto()
    OPEN = auto()
    HALF_OPEN = auto()


class CircuitBreaker:
    """Opens with the first failure; then one probe at a time finds out whether to close.

    The first probe is due at once, since one late answer is no outage yet. After a probe that
    failed the next one is due when `pause` seconds are over. `now` tells seconds that never
    go back.

    Source: Michael Nygard, "Release It!", 2nd edition, "Circuit Breaker".
    """

    def __init__(self, pause: float, now: Callable[[], float]) -> None:
        self._pause = pause
        self._now = now
        self._probe_due_at = 0.0
        self.state = State.CLOSED

    @property
    def is_closed(self) -> bool:
        """Whether calls are let through."""
        return self.state is State.CLOSED

    def take_probe(self) -> bool:
        """Return whether it is on the caller to probe: once, until that probe has ended."""
        if self.state is not State.OPEN or self._now() < self._probe_due_at:
            return False
        self.state = State.HALF_OPEN
        return True

    def call_failed(self) -> None:
        """Open, if closed; a probe is due at once."""
        if self.is_closed:
            self.state = State.OPEN
            self._probe_due_at = self._now()

    def probe_failed(self) -> None:
        """Stay open; the next probe is due after a pause."""
        self.state = State.OPEN
        self._probe_due_at = self._now() + self._pause

    def probe_succeeded(self) -> None:
        """Close."""
        self.state = State.CLOSED
