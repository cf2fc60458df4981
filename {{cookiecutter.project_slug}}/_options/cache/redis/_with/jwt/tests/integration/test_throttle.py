"""Attempts that are counted in Redis or Valkey."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from app.core.cache.backend import CacheSettings, open_cache
from app.core.cache.base import Cache
from app.core.cache.redis_client import CacheUnavailable
from app.core.security.rate_limit import Allowance, Throttle
from app.core.security.rate_limiter import make_throttle
from tests.accounts import StoppedClock
from tests.cache import settings_for
from tests.redis_server import PrivateServer, private_server

TWO = Allowance(attempts=2, seconds=1000)


PAUSE = 0.01
"""Seconds between attempts to reach the server."""


@asynccontextmanager
async def _process(settings: CacheSettings) -> AsyncIterator[Throttle]:
    """Open what one process of the service counts attempts with."""
    async with _process_and_cache(settings) as (throttle, _cache):
        yield throttle


@asynccontextmanager
async def _process_and_cache(
    settings: CacheSettings,
) -> AsyncIterator[tuple[Throttle, Cache]]:
    async with open_cache(settings) as cache:
        yield make_throttle(cache, StoppedClock()), cache


async def _until_it_answers(cache: Cache) -> None:
    async with asyncio.timeout(10):
        while True:
            with suppress(CacheUnavailable):
                return await cache.checks()["cache"]()
            await asyncio.sleep(0.01)


async def test_processes_count_together(cache_settings: CacheSettings) -> None:
    async with _process(cache_settings) as one, _process(cache_settings) as other:
        assert await one.attempt("a", TWO) == 0
        assert await other.attempt("a", TWO) == 0
        assert await one.attempt("a", TWO) == 1000

        await other.forget("a")
        assert await one.attempt("a", TWO) == 0


@pytest.mark.parametrize("outage", ["stop", "freeze"])
async def test_without_a_server_each_process_counts_for_itself(outage: str) -> None:
    with private_server() as server:
        async with _process(settings_for(server.url)) as throttle:
            assert await throttle.attempt("a", TWO) == 0
            _end(server, outage)

            waits = [await throttle.attempt("a", TWO) for _ in range(3)]
            await throttle.forget("a")

            assert waits == [0, 1000, 1000]
            assert await throttle.attempt("a", TWO) == 0


async def test_attempt_during_an_outage_of_another_process_has_one_allowance() -> None:
    with private_server() as server:
        settings = settings_for(server.url)
        async with _process(settings) as one, _process(settings) as other:
            assert [await one.attempt("a", TWO) for _ in range(2)] == [0, 0]
            server.stop()

            assert await one.attempt("a", TWO) == 1000
            waits = [await other.attempt("a", TWO) for _ in range(3)]

            assert waits == [0, 0, 1000]


async def test_attempt_after_an_outage_counts_what_was_allowed_during_it() -> None:
    with private_server() as server:
        settings = settings_for(server.url, pause=PAUSE)
        async with (
            _process_and_cache(settings) as (one, cache),
            _process(settings) as other,
        ):
            server.freeze()
            assert [await one.attempt("a", TWO) for _ in range(2)] == [0, 0]
            server.thaw()
            await _until_it_answers(cache)

            assert await one.attempt("a", TWO) == 1000
            assert await other.attempt("a", TWO) == 1000


async def test_attempt_under_outages_that_recur_gives_one_allowance_in_all() -> None:
    with private_server() as server:
        settings = settings_for(server.url, pause=PAUSE)
        async with _process_and_cache(settings) as (throttle, cache):
            allowed = 0
            for _ in range(5):
                waits = [await throttle.attempt("a", TWO) for _ in range(3)]
                server.freeze()
                waits += [await throttle.attempt("a", TWO) for _ in range(3)]
                server.thaw()
                await _until_it_answers(cache)
                allowed += waits.count(0)

            assert allowed == 2


async def test_attempts_at_once_as_an_outage_begins_share_one_allowance() -> None:
    with private_server() as server:
        async with _process(settings_for(server.url)) as throttle:
            server.freeze()

            waits = await asyncio.gather(
                *(throttle.attempt("a", TWO) for _ in range(50)),
            )

            assert waits.count(0) == 2


def _end(server: PrivateServer, outage: str) -> None:
    if outage == "stop":
        server.stop()
    else:
        server.freeze()
