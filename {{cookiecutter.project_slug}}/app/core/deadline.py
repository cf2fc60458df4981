"""How long may still be spent on what is being done now.

The time left travels in a context variable: nothing between the edge, which sets it, and a
repository, which keeps to it, has to hand it on. A task gets that of whoever creates it.

Source: https://grpc.io/docs/guides/deadlines/
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SHORTEST_SECONDS = 0.001
"""What is left when nothing is: enough to be stopped at the first wait."""

_ends_at: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Give the body so many seconds, or what is left to whoever calls, if that is less."""
    before = _ends_at.set(min(_ends_at.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(before)


@contextmanager
def no_deadline() -> Iterator[None]:
    """Let the body take its time: it tidies up, or works for others than the caller too."""
    before = _ends_at.set(math.inf)
    try:
        yield
    finally:
        _ends_at.reset(before)


def remaining(limit: float) -> float:
    """Return how many seconds may be spent, at most `limit`, and never quite nothing."""
    left = _ends_at.get() - time.monotonic()
    return max(SHORTEST_SECONDS, min(limit, left))
