"""Attempts that are counted in Redis or Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.core.cache import CacheSettings, open_cache
from app.core.throttle import Allowance, Throttle
from app.core.throttle_backend import make_throttle
from tests.accounts import StoppedClock
from tests.cache import settings_for
from tests.redis_server import PrivateServer, private_server

TWO = Allowance(attempts=2, seconds=1000)


@asynccontextmanager
async def _process(settings: CacheSettings) -> AsyncIterator[Throttle]:
    """Open what one process of the service counts attempts with."""
    async with open_cache(settings) as cache:
        yield make_throttle(cache, StoppedClock())


async def test_processes_count_together(cache_settings: CacheSettings) -> None:
    async with _process(cache_settings) as one, _process(cache_settings) as other:
        assert await one.attempt("a", TWO) == 0
        assert await other.attempt("a", TWO) == 0
        assert await one.attempt("a", TWO) == 1000

        await other.forget("a")
        assert await one.attempt("a", TWO) == 0

        await one.remember("a", 1000)
        assert await other.remembers("a")


async def test_what_is_remembered_is_forgotten_in_time(
    cache_settings: CacheSettings,
) -> None:
    async with _process(cache_settings) as one, _process(cache_settings) as other:
        await one.remember("a", 0.001)
        await asyncio.sleep(0.05)

        assert not await other.remembers("a")


@pytest.mark.parametrize("outage", ["stop", "freeze"])
async def test_without_a_server_each_process_counts_for_itself(outage: str) -> None:
    with private_server() as server:
        async with _process(settings_for(server.url)) as throttle:
            assert await throttle.attempt("a", TWO) == 0
            await throttle.remember("b", 1000)
            _end(server, outage)

            waits = [await throttle.attempt("a", TWO) for _ in range(3)]
            await throttle.forget("a")

            assert waits == [0, 0, 1000]
            assert await throttle.remembers("b")
            assert await throttle.attempt("a", TWO) == 0


def _end(server: PrivateServer, outage: str) -> None:
    if outage == "stop":
        server.stop()
    else:
        server.freeze()
