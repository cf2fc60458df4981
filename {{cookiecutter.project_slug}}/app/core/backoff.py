"""Pauses between attempts."""

import asyncio
import random

LONGEST_INTERRUPTION = 30
"""Seconds before what does not answer is tried again at the latest."""


def pause(attempts: int, first: float, longest: float) -> float:
    """Return how many seconds to wait after so many failed attempts (1 or more).

    The pause is drawn from nothing to a ceiling, which begins at `first` and doubles each
    time up to `longest`: many who failed together don't come back together.

    Source: Marc Brooker, "Exponential Backoff And Jitter" ("full jitter"),
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    doublings = min(attempts - 1, 63)
    ceiling = min(longest, first * 2**doublings)
    return random.uniform(0, ceiling)  # noqa: S311 - no secret


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but no longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
