"""How often something may be tried, as far as memory reaches."""

from app.core.security.rate_limit import Allowance, MemoryThrottle
from tests.conftest import SteppingClock

ONE = Allowance(attempts=1, seconds=1000)


async def test_of_too_many_keys_the_one_used_longest_ago_is_forgotten(
    clock: SteppingClock,
) -> None:
    throttle = MemoryThrottle(clock, most_keys=2)
    twice = Allowance(attempts=2, seconds=1000)
    for key in ("a", "b", "a", "c"):
        assert await throttle.attempt(key, twice) == 0

    assert await throttle.attempt("a", twice) > 0
    assert await throttle.attempt("b", ONE) == 0
