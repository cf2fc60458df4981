"""Redis is stopped or frozen: the service goes on without it, and soon without waiting."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from time import perf_counter

import pytest

from app.core.cache.backend import CacheSettings, open_cache
from app.core.cache.base import Cache, Lifetimes, Region
from app.core.cache.redis_client import CacheUnavailable
from app.models.user import UserChanges
from app.repositories.interfaces.storage import Storage
from tests.cache import settings_for
from tests.conftest import AddUser, SteppingClock
from tests.redis_server import PrivateServer, private_server
from tests.users import update_user

TIMES = 100
FROM_THEN_ON_SECONDS = 2
"""Ample for a busy machine; to wait for each of `TIMES` calls would take 5."""

MOST_SECONDS = 0.1
ATTEMPTS = 3
"""A machine that runs tests may make any call wait: one attempt has to show that none has to."""


class Source:
    """Where values are kept; counts how often it is asked."""

    def __init__(self) -> None:
        self.loads = 0

    async def load(self) -> int:
        self.loads += 1
        return self.loads


@pytest.fixture(scope="module")
def running_server() -> Iterator[PrivateServer]:
    with private_server() as server:
        yield server


@pytest.fixture
def server(running_server: PrivateServer) -> Iterator[PrivateServer]:
    """A server that runs, and is neither frozen nor stopped for the next test."""
    yield running_server
    running_server.stop()
    running_server.start()


@pytest.fixture
def settings(server: PrivateServer) -> CacheSettings:
    """The defaults, but for the pause between probes."""
    return settings_for(server.url, pause=0.05)


@pytest.fixture
async def cache(settings: CacheSettings) -> AsyncIterator[Cache]:
    async with open_cache(settings) as cache:
        yield cache


@pytest.fixture
def region(cache: Cache) -> Region[int]:
    return cache.region("numbers", int, Lifetimes(60))


async def _ping(cache: Cache) -> None:
    await cache.checks()["cache"]()


async def _until_it_answers(cache: Cache) -> None:
    while True:
        try:
            await _ping(cache)
        except CacheUnavailable:
            await asyncio.sleep(0.01)
        else:
            return


async def _timed(call: Awaitable[object]) -> float:
    started = perf_counter()
    await call
    return perf_counter() - started


async def _seconds_of_calls(region: Region[int]) -> list[float]:
    """Return how long each call took; none failed, and each value was loaded anew."""
    source = Source()
    seconds = []
    for number in range(1, TIMES + 1):
        seconds.append(await _timed(region.get_or_load("key", source.load)))
        seconds.append(await _timed(region.forget("key")))
        assert source.loads == number
    return seconds


async def _assert_works_without_waiting(region: Region[int]) -> None:
    assert sum(await _seconds_of_calls(region)) < FROM_THEN_ON_SECONDS


async def test_a_frozen_server_costs_its_deadline_once(
    server: PrivateServer,
    settings: CacheSettings,
    cache: Cache,
    region: Region[int],
) -> None:
    waits: list[list[float]] = []

    while len(waits) < ATTEMPTS and not any(map(_is_one_short_wait, waits)):
        await _until_it_answers(cache)
        await region.forget("key")
        await region.get_or_load("key", Source().load)
        server.freeze()
        seconds = await _seconds_of_calls(region)
        with pytest.raises(CacheUnavailable):
            await _ping(cache)
        server.thaw()
        waits.append([of for of in seconds if of > settings.deadline / 2])

    assert any(map(_is_one_short_wait, waits)), waits


def _is_one_short_wait(waits: list[float]) -> bool:
    return len(waits) == 1 and waits[0] < MOST_SECONDS


async def test_a_stopped_server_is_done_without_until_it_is_started_again(
    server: PrivateServer,
    cache: Cache,
    region: Region[int],
) -> None:
    await region.get_or_load("key", Source().load)

    server.stop()
    await _assert_works_without_waiting(region)
    server.start()
    await _until_it_answers(cache)

    source = Source()
    values = [await region.get_or_load("key", source.load) for _ in range(3)]
    assert values == [1, 1, 1]


async def test_what_was_to_be_forgotten_meanwhile_is_forgotten_afterwards(
    server: PrivateServer,
    cache: Cache,
    region: Region[int],
) -> None:
    source = Source()
    await region.get_or_load("key", source.load)
    server.freeze()
    await region.get_or_load("other", source.load)

    await region.forget("key")
    server.thaw()
    await _until_it_answers(cache)

    assert await region.get_or_load("key", source.load) == 3


async def test_those_who_miss_together_share_a_load_also_without_a_server(
    server: PrivateServer,
    region: Region[int],
) -> None:
    server.freeze()
    source = Source()
    await region.get_or_load("key", source.load)

    values = await asyncio.gather(
        *(region.get_or_load("key", source.load) for _ in range(TIMES)),
    )

    assert values == [2] * TIMES


async def test_a_lease_that_cannot_be_given_back_is_nobodys_error(
    server: PrivateServer,
    region: Region[int],
) -> None:
    async def load() -> int:
        server.freeze()
        return 1

    assert await region.get_or_load("key", load) == 1


async def test_the_service_starts_without_a_server(
    server: PrivateServer,
    settings: CacheSettings,
) -> None:
    server.stop()

    async with open_cache(settings) as cache:
        region = cache.region("numbers", int, Lifetimes(60))
        await _assert_works_without_waiting(region)
        server.start()
        await _until_it_answers(cache)


async def test_a_server_that_takes_no_writes_is_done_without(
    server: PrivateServer,
    cache: Cache,
    region: Region[int],
) -> None:
    server.command("CONFIG", "SET", "maxmemory", "1")
    source = Source()

    values = [await region.get_or_load("key", source.load) for _ in range(3)]

    assert values == [1, 2, 3]
    with pytest.raises(CacheUnavailable):
        await _ping(cache)


async def test_what_is_changed_while_it_is_frozen_is_seen_then_and_afterwards(
    server: PrivateServer,
    storage: Storage,
    cache: Cache,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    storage.entities.enable(cache, Lifetimes(60))
    user = await add_user()
    changed = user.changed(UserChanges(name="Ada King"), at=clock.now())
    assert await storage.users.get(user.id) == user

    server.freeze()
    await update_user(storage, changed)

    assert await storage.users.get(user.id) == changed
    server.thaw()
    await _until_it_answers(cache)
    assert await storage.users.get(user.id) == changed
