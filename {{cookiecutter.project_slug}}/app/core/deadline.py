"""How long may still be spent on what is being done now.

The time left travels in a context variable: nothing between the edge, which sets it, and a
repository, which keeps to it, has to hand it on. A task gets that of whoever creates it.

Source: https://grpc.io/docs/guides/deadlines/
"""

import math
import time
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token

SHORTEST_SECONDS = 0.001
"""What is left when nothing is: enough to be stopped at the first wait."""

_ends_at: ContextVar[float] = ContextVar("deadline", default=math.inf)


class _EndsAt(AbstractContextManager[None]):
    """Sets when the body has to end. Each request has one, so it is no generator: that is slower."""

    def __init__(self, ends_at: float) -> None:
        self._here = ends_at

    def __enter__(self) -> None:
        self._before: Token[float] = _ends_at.set(self._here)

    def __exit__(self, *_raised: object) -> None:
        _ends_at.reset(self._before)


def deadline(seconds: float) -> AbstractContextManager[None]:
    """Give the body so many seconds, or what is left to whoever calls, if that is less."""
    return _EndsAt(min(_ends_at.get(), time.monotonic() + seconds))


def no_deadline() -> AbstractContextManager[None]:
    """Let the body take its time: it tidies up, or works for others than the caller too."""
    return _EndsAt(math.inf)


def remaining(limit: float) -> float:
    """Return how many seconds may be spent, at most `limit`, and never quite nothing."""
    left = _ends_at.get() - time.monotonic()
    return max(SHORTEST_SECONDS, min(limit, left))
