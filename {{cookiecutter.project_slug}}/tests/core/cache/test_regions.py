"""What every `Region` promises."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.core.cache.base import Cache, Lifetimes, Region
from app.models.user import User
from tests.conftest import MakeUser, SteppingClock

LONG = Lifetimes(60)
SHORT_SECONDS = 0.02
SLOW_SECONDS = 0.6


class Source:
    """Where values are kept; counts how often it is asked, and answers when told to."""

    def __init__(self, answers_at_once: bool = True) -> None:
        self.loads = 0
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        if answers_at_once:
            self.may_answer.set()

    async def load(self) -> int | None:
        """Return how often it was asked until now."""
        self.loads += 1
        number = self.loads
        self.asked.set()
        await self.may_answer.wait()
        return number

    async def fail(self) -> int | None:
        await self.load()
        raise ConnectionError("out of reach")

    async def load_nothing(self) -> int | None:
        await self.load()
        return None


@pytest.fixture
def region(cache: Cache) -> Region[int | None]:
    return cache.region("numbers", int | None, LONG)


async def test_a_value_is_loaded_once(region: Region[int | None]) -> None:
    source = Source()

    values = [await region.get_or_load("key", source.load) for _ in range(3)]

    assert values == [1, 1, 1]


async def test_that_there_is_nothing_is_kept_too(region: Region[int | None]) -> None:
    source = Source()

    values = [await region.get_or_load("key", source.load_nothing) for _ in range(3)]

    assert values == [None, None, None]
    assert source.loads == 1


async def test_each_key_has_a_value_of_its_own(region: Region[int | None]) -> None:
    source = Source()

    values = [await region.get_or_load(key, source.load) for key in ["a", "b", "a"]]

    assert values == [1, 2, 1]


async def test_each_region_has_keys_of_its_own(
    cache: Cache,
    region: Region[int | None],
) -> None:
    source = Source()
    other = cache.region("others", int | None, LONG)

    assert await region.get_or_load("key", source.load) == 1
    assert await other.get_or_load("key", source.load) == 2


async def test_users_come_back_as_they_were(
    cache: Cache,
    make_user: MakeUser,
    clock: SteppingClock,
) -> None:
    region = cache.region("users", User | None, LONG)
    user = make_user("zoë@example.com", "Zoë 王小明 👩‍🚀").deactivated(at=clock.now())

    async def load() -> User | None:
        return user

    for _ in range(2):
        assert await region.get_or_load("key", load) == user


async def _until_loaded_again(
    region: Region[int | None],
    source: Source,
    load: Callable[[], Awaitable[int | None]],
) -> None:
    while source.loads < 2:
        await region.get_or_load("key", load)
        await asyncio.sleep(SHORT_SECONDS / 4)


async def test_a_value_is_kept_for_its_lifetime(cache: Cache) -> None:
    region = cache.region("numbers", int | None, Lifetimes(SHORT_SECONDS, absent=60))
    source = Source()

    await _until_loaded_again(region, source, source.load)


async def test_that_there_is_nothing_is_kept_for_a_lifetime_of_its_own(
    cache: Cache,
) -> None:
    region = cache.region("numbers", int | None, Lifetimes(60, absent=SHORT_SECONDS))
    source = Source()

    await _until_loaded_again(region, source, source.load_nothing)


async def test_a_forgotten_value_is_loaded_again(region: Region[int | None]) -> None:
    source = Source()
    await region.get_or_load("key", source.load)

    await region.forget("key")

    assert await region.get_or_load("key", source.load) == 2


async def test_200_that_miss_at_once_make_one_load(region: Region[int | None]) -> None:
    source = Source(answers_at_once=False)
    calls = [region.get_or_load("key", source.load) for _ in range(200)]
    callers = [asyncio.create_task(call) for call in calls]
    await source.asked.wait()

    await asyncio.sleep(SLOW_SECONDS)
    source.may_answer.set()

    assert await asyncio.gather(*callers) == [1] * 200
    assert source.loads == 1


async def test_an_error_reaches_all_who_wait_and_is_not_kept(
    region: Region[int | None],
) -> None:
    source = Source(answers_at_once=False)
    calls = [region.get_or_load("key", source.fail) for _ in range(3)]
    callers = [asyncio.create_task(call) for call in calls]
    await source.asked.wait()

    source.may_answer.set()
    outcomes = await asyncio.gather(*callers, return_exceptions=True)

    failed = source.loads
    assert [type(outcome) for outcome in outcomes] == [ConnectionError] * 3
    assert await region.get_or_load("key", source.load) == failed + 1


async def test_whoever_is_cancelled_takes_nothing_from_the_others(
    region: Region[int | None],
) -> None:
    source = Source(answers_at_once=False)
    first = asyncio.create_task(region.get_or_load("key", source.load))
    await source.asked.wait()
    second = asyncio.create_task(region.get_or_load("key", source.load))

    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.may_answer.set()

    assert await second == 1
    assert await region.get_or_load("key", source.load) == 1


async def test_what_was_loaded_before_forgetting_is_not_kept_after_it(
    region: Region[int | None],
) -> None:
    source = Source(answers_at_once=False)
    early = asyncio.create_task(region.get_or_load("key", source.load))
    await source.asked.wait()

    await region.forget("key")
    source.may_answer.set()

    assert await early == 1
    assert await region.get_or_load("key", source.load) == 2


async def test_whoever_comes_after_forgetting_does_not_join_an_earlier_load(
    region: Region[int | None],
) -> None:
    source = Source(answers_at_once=False)
    early = asyncio.create_task(region.get_or_load("key", source.load))
    await source.asked.wait()
    await region.forget("key")
    source.asked.clear()

    late = asyncio.create_task(region.get_or_load("key", source.load))
    await source.asked.wait()
    source.may_answer.set()

    assert (await early, await late) == (1, 2)
    assert await region.get_or_load("key", source.load) == 2


async def test_a_cache_that_answers_says_so(cache: Cache) -> None:
    for check in cache.checks().values():
        await check()
