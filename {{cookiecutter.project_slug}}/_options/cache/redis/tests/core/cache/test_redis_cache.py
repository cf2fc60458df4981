"""What is in Redis, and what processes that share it do for each other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from app.core.cache.backend import CacheSettings, open_cache
from app.core.cache.base import JITTER, Cache, Lifetimes, Region
from tests.core.forks import forks
from tests.redis_server import redis_url

LIFETIMES = Lifetimes(60, absent=5)
PROCESSES = 3
CALLERS = 70
LOAD_SECONDS = 0.6
"""What a slow query takes, though not as long as the others wait for it by default."""


@dataclass(frozen=True, slots=True)
class Old:
    """A value of one version of the service."""

    name: str


@dataclass(frozen=True, slots=True)
class New:
    """The same of the next version."""

    name: str
    colour: str | None = None


class Source:
    """Where values are kept; counts how often it is asked, and answers when told to."""

    def __init__(self) -> None:
        self.loads = 0
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def load(self) -> str | None:
        self.loads += 1
        self.asked.set()
        await self.may_answer.wait()
        return "value"

    async def fail(self) -> str | None:
        await self.load()
        raise ConnectionError


async def _load_value() -> str | None:
    return "value"


async def _load_nothing() -> str | None:
    return None


@pytest.fixture
async def server() -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url()) as client:
        yield client


@pytest.fixture
async def caches(cache_settings: CacheSettings) -> AsyncIterator[list[Cache]]:
    """Those of two processes: they share nothing but the server."""
    async with AsyncExitStack() as stack:
        processes = [open_cache(cache_settings) for _ in range(2)]
        yield [await stack.enter_async_context(process) for process in processes]


def _region(cache: Cache) -> Region[str | None]:
    return cache.region("texts", str | None, LIFETIMES)


async def _keys(server: Redis, settings: CacheSettings) -> list[str]:
    keys = [key async for key in server.scan_iter(match=f"{settings.prefix}:texts*")]
    return [key.decode() for key in keys]


async def test_values_are_json_and_expire_by_themselves(
    cache: Cache,
    cache_settings: CacheSettings,
    server: Redis,
) -> None:
    await _region(cache).get_or_load("key", _load_value)

    [key] = await _keys(server, cache_settings)
    lifetime = await server.pttl(key) / 1000
    assert await server.get(key) == b'"value"'
    assert LIFETIMES.present * (1 - JITTER) - 5 < lifetime
    assert lifetime <= LIFETIMES.present * (1 + JITTER)


async def test_that_there_is_nothing_expires_sooner(
    cache: Cache,
    cache_settings: CacheSettings,
    server: Redis,
) -> None:
    await _region(cache).get_or_load("key", _load_nothing)

    [key] = await _keys(server, cache_settings)
    assert await server.pttl(key) <= 5000 * (1 + JITTER)


async def test_versions_of_the_service_do_not_read_each_others_values(
    caches: list[Cache],
) -> None:
    old = caches[0].region("things", Old, LIFETIMES)
    new = caches[1].region("things", New, LIFETIMES)

    async def load_old() -> Old:
        return Old("old")

    async def load_new() -> New:
        return New("new", "red")

    for _ in range(2):
        assert await old.get_or_load("key", load_old) == Old("old")
        assert await new.get_or_load("key", load_new) == New("new", "red")


async def test_a_value_that_cannot_be_read_is_replaced(
    cache: Cache,
    cache_settings: CacheSettings,
    server: Redis,
) -> None:
    region = _region(cache)
    await region.get_or_load("key", _load_value)
    [key] = await _keys(server, cache_settings)
    await server.set(key, b"{")

    values = [await region.get_or_load("key", _load_value) for _ in range(2)]

    assert values == ["value", "value"]
    assert await server.get(key) == b'"value"'


async def test_what_one_process_has_loaded_another_one_finds(
    caches: list[Cache],
) -> None:
    one, another = map(_region, caches)
    source = Source()
    source.may_answer.set()

    assert await one.get_or_load("key", source.load) == "value"
    assert await another.get_or_load("key", source.load) == "value"
    assert source.loads == 1


async def test_what_one_process_is_loading_another_one_waits_for(
    caches: list[Cache],
) -> None:
    one, another = map(_region, caches)
    source = Source()
    loading = asyncio.create_task(one.get_or_load("key", source.load))
    await source.asked.wait()
    calls = [another.get_or_load("key", source.load) for _ in range(CALLERS)]
    waiting = [asyncio.create_task(call) for call in calls]

    source.may_answer.set()

    assert await asyncio.gather(loading, *waiting) == ["value"] * (CALLERS + 1)
    assert source.loads == 1


async def test_whoever_waits_takes_over_from_one_that_failed(
    caches: list[Cache],
) -> None:
    one, another = map(_region, caches)
    source = Source()
    loading = asyncio.create_task(one.get_or_load("key", source.fail))
    await source.asked.wait()
    waiting = asyncio.create_task(another.get_or_load("key", source.load))

    source.may_answer.set()

    with pytest.raises(ConnectionError):
        await loading
    assert await waiting == "value"


async def test_nobody_waits_for_long_for_one_that_does_not_answer(
    cache: Cache,
    cache_settings: CacheSettings,
) -> None:
    source, other = Source(), Source()
    other.may_answer.set()
    loading = asyncio.create_task(_region(cache).get_or_load("key", source.load))
    await source.asked.wait()

    impatient = cache_settings.model_copy(update={"lease_wait": 0.05})
    async with open_cache(impatient) as another:
        assert await _region(another).get_or_load("key", other.load) == "value"

    source.may_answer.set()
    assert await loading == "value"


async def test_what_one_process_forgets_another_one_does_not_store(
    caches: list[Cache],
) -> None:
    one, another = map(_region, caches)
    source = Source()
    loading = asyncio.create_task(one.get_or_load("key", source.load))
    await source.asked.wait()

    await another.forget("key")
    source.may_answer.set()
    await loading

    for region in (one, another):
        assert await region.get_or_load("key", _load_nothing) is None


async def test_hits_and_misses_are_counted(cache: Cache) -> None:
    region = cache.region("test_redis_cache", str | None, LIFETIMES)

    for _ in range(3):
        await region.get_or_load("key", _load_value)

    counted = {
        outcome: REGISTRY.get_sample_value(
            "cache_lookups_total",
            {"region": "test_redis_cache", "outcome": outcome},
        )
        for outcome in ("hit", "miss", "error")
    }
    assert counted == {"hit": 2, "miss": 1, "error": 0}


def test_three_processes_that_miss_at_once_make_one_load(
    cache_settings: CacheSettings,
) -> None:
    context = forks()
    together, loads = context.Barrier(PROCESSES), context.Value("i", 0)
    arguments = (together, cache_settings, loads)
    new_process = partial(context.Process, target=_stampede, args=arguments)
    processes = [new_process() for _ in range(PROCESSES)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=50)

    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert loads.value == 1


def _stampede(
    together: Barrier,
    settings: CacheSettings,
    loads: "Synchronized[int]",
) -> None:
    async def load() -> str | None:
        with loads.get_lock():
            loads.value += 1
        await asyncio.sleep(LOAD_SECONDS)
        return "value"

    async def ask() -> None:
        async with open_cache(settings) as cache:
            region = _region(cache)
            together.wait(timeout=50)
            calls = [region.get_or_load("key", load) for _ in range(CALLERS)]
            assert await asyncio.gather(*calls) == ["value"] * CALLERS

    asyncio.run(ask())
