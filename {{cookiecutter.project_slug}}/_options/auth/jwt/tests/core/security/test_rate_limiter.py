"""What every `Throttle` promises."""

from datetime import timedelta

import pytest

from app.core.cache.base import Cache
from app.core.security.rate_limit import Allowance, MemoryThrottle, Throttle
from app.core.security.rate_limiter import make_throttle
from tests.accounts import StoppedClock

THREE = Allowance(attempts=3, seconds=10)


@pytest.fixture
def stopped_clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture(params=["memory", "chosen"])
def throttle(
    request: pytest.FixtureRequest,
    stopped_clock: StoppedClock,
    cache: Cache,
) -> Throttle:
    """The one in memory, and the one that goes with the cache."""
    if request.param == "memory":
        return MemoryThrottle(stopped_clock)
    return make_throttle(cache, stopped_clock)


async def _attempts(throttle: Throttle, key: str, number: int) -> list[float]:
    return [await throttle.attempt(key, THREE) for _ in range(number)]


async def test_some_attempts_are_allowed_at_once(throttle: Throttle) -> None:
    assert await _attempts(throttle, "a", 3) == [0, 0, 0]


async def test_one_more_is_told_how_long_to_wait(
    throttle: Throttle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 3)
    stopped_clock.go_on(4)

    assert await _attempts(throttle, "a", 2) == [6, 6]


async def test_who_has_waited_that_long_may_try_once(
    throttle: Throttle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 4)
    stopped_clock.go_on(10)

    assert await _attempts(throttle, "a", 2) == [0, 10]


async def test_after_a_long_while_there_are_no_more_attempts_than_at_first(
    throttle: Throttle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 3)
    stopped_clock.go_on(1000)

    assert await _attempts(throttle, "a", 4) == [0, 0, 0, 10]


async def test_keys_are_counted_apart(throttle: Throttle) -> None:
    await _attempts(throttle, "a", 4)

    assert await _attempts(throttle, "b", 1) == [0]


async def test_what_is_forgotten_starts_anew(throttle: Throttle) -> None:
    await _attempts(throttle, "a", 4)
    await throttle.forget("a")

    assert await _attempts(throttle, "a", 4) == [0, 0, 0, 10]


async def test_attempt_clock_set_back_waits_no_longer_than_for_one_attempt(
    throttle: Throttle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 1)
    stopped_clock.set_back(timedelta(hours=1))

    [wait] = await _attempts(throttle, "a", 1)
    assert wait <= THREE.seconds

    stopped_clock.go_on(wait)
    assert await _attempts(throttle, "a", 1) == [0]


async def test_attempt_clock_set_back_gives_no_attempts_back(
    throttle: Throttle,
    stopped_clock: StoppedClock,
) -> None:
    await _attempts(throttle, "a", 3)
    stopped_clock.set_back(timedelta(hours=1))

    assert await _attempts(throttle, "a", 2) == [10, 10]
