"""How often something may be tried, as far as memory reaches."""

from app.core.throttle import Allowance, MemoryThrottle
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


async def test_of_too_many_that_are_remembered_the_first_is_forgotten(
    clock: SteppingClock,
) -> None:
    throttle = MemoryThrottle(clock, most_keys=2)
    for key in "abc":
        await throttle.remember(key, 1000)

    assert [await throttle.remembers(key) for key in "abc"] == [False, True, True]


async def test_attempts_do_not_make_it_forget_what_is_remembered(
    clock: SteppingClock,
) -> None:
    throttle = MemoryThrottle(clock, most_keys=2)
    await throttle.remember("known", 1000)
    for key in "abc":
        await throttle.attempt(key, ONE)

    assert await throttle.remembers("known")
