"""The cache in memory."""

from functools import partial

import pytest
from prometheus_client import REGISTRY

from app.core.cache.backend import MemoryRegion
from app.core.cache.base import JITTER, Lifetimes

REGION = "test_memory_cache"


class Time:
    """Seconds, as a test sets them."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


def _lookups(outcome: str) -> float:
    labels = {"region": REGION, "outcome": outcome}
    return REGISTRY.get_sample_value("cache_lookups_total", labels) or 0


async def _load(value: str | None) -> str | None:
    return value


async def test_values_are_kept_until_their_lifetime_is_over(time: Time) -> None:
    region = MemoryRegion[str | None](REGION, Lifetimes(60, absent=5), 10, time)
    for key, value in {"there": "old", "absent": None}.items():
        await region.get_or_load(key, partial(_load, value))

    async def values() -> list[str | None]:
        load = partial(_load, "new")
        return [await region.get_or_load(key, load) for key in ("there", "absent")]

    time.seconds = 5 * (1 - JITTER) - 0.1
    assert await values() == ["old", None]
    time.seconds = 5 * (1 + JITTER)
    assert await values() == ["old", "new"]
    time.seconds = 60 * (1 + JITTER)
    assert await values() == ["new", "new"]


async def test_what_was_not_used_for_longest_makes_room(time: Time) -> None:
    region = MemoryRegion[str | None](REGION, Lifetimes(60), 2, time)
    for key in ["a", "b", "a", "c"]:
        await region.get_or_load(key, partial(_load, "old"))

    load = partial(_load, "new")
    values = [await region.get_or_load(key, load) for key in ("a", "c", "b")]

    assert values == ["old", "old", "new"]


async def test_the_values_themselves_are_kept(time: Time) -> None:
    region = MemoryRegion[list[str]](REGION, Lifetimes(60), 2, time)
    value = ["value"]

    async def load() -> list[str]:
        return value

    await region.get_or_load("key", load)

    assert await region.get_or_load("key", load) is value


async def test_hits_and_misses_are_counted(time: Time) -> None:
    region = MemoryRegion[str | None](REGION, Lifetimes(60), 2, time)
    hits, misses = _lookups("hit"), _lookups("miss")

    for _ in range(3):
        await region.get_or_load("key", partial(_load, "value"))

    assert (_lookups("hit") - hits, _lookups("miss") - misses) == (2, 1)
