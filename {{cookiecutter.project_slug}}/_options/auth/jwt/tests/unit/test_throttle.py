"""How often something may be tried."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import Clock
from app.core.throttle import Allowance, MemoryThrottle

THREE = Allowance(attempts=3, seconds=10)


class StoppedClock(Clock):
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def go_on(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@pytest.fixture
def stopped_clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def throttle(stopped_clock: StoppedClock) -> MemoryThrottle:
    return MemoryThrottle(stopped_clock, most_keys=2)


async def _attempts(throttle: MemoryThrottle, key: str, number: int) -> list[float]:
    return [await throttle.attempt(key, THREE) for _ in range(number)]


async def test_some_attempts_are_allowed_at_once(throttle: MemoryThrottle) -> None:
    assert await _attempts(throttle, "a", 3) == [0, 0, 0]


async def test_one_more_is_told_how_long_to_wait(
    throttle: MemoryThrottle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 3)
    stopped_clock.go_on(4)

    assert await _attempts(throttle, "a", 2) == [6, 6]


async def test_who_has_waited_that_long_may_try_once(
    throttle: MemoryThrottle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 4)
    stopped_clock.go_on(10)

    assert await _attempts(throttle, "a", 2) == [0, 10]


async def test_after_a_long_while_there_are_no_more_attempts_than_at_first(
    throttle: MemoryThrottle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 3)
    stopped_clock.go_on(1000)

    assert await _attempts(throttle, "a", 4) == [0, 0, 0, 10]


async def test_keys_are_counted_apart(throttle: MemoryThrottle) -> None:
    await _attempts(throttle, "a", 4)

    assert await _attempts(throttle, "b", 1) == [0]


async def test_what_is_forgotten_starts_anew(throttle: MemoryThrottle) -> None:
    await _attempts(throttle, "a", 4)
    await throttle.forget("a")

    assert await _attempts(throttle, "a", 4) == [0, 0, 0, 10]


async def test_of_too_many_keys_the_one_used_longest_ago_is_forgotten(
    throttle: MemoryThrottle,
) -> None:
    await _attempts(throttle, "a", 2)
    await _attempts(throttle, "b", 3)
    await _attempts(throttle, "a", 1)
    await _attempts(throttle, "c", 1)

    assert await _attempts(throttle, "a", 1) == [10]
    assert await _attempts(throttle, "b", 1) == [0]
