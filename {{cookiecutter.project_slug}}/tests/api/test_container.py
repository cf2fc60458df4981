"""What the composition root puts together."""

import asyncio
from unittest.mock import Mock

import pytest

from app.container import REPLICA_SECONDS, open_container
from app.core.cache.base import Lifetimes
from app.core.database.entity_cache import EntityCache
from app.core.settings import Settings
from app.repositories.database.storage import DatabaseStorage


class Endless:
    """Something that takes for ever, and notices when it is stopped."""

    def __init__(self) -> None:
        self.begun, self.stopped = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> str:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()
        return ""


@pytest.mark.parametrize(("lifetime", "is_cached"), [(0, False), (0.1, True)])
async def test_users_are_cached_unless_they_are_kept_for_no_time(
    settings: Settings,
    lifetime: float,
    is_cached: bool,
) -> None:
    kept = settings.cache.model_copy(update={"user_lifetime": lifetime})
    settings = settings.model_copy(update={"cache": kept})

    async with open_container(settings) as container:
        assert container.storage.entities.is_enabled is is_cached


async def test_what_a_replica_says_is_kept_for_a_second_at_most(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    split = settings.database.model_copy(update={"read_url": settings.database.url})
    settings = settings.model_copy(update={"database": split})
    enable = Mock()
    monkeypatch.setattr(EntityCache, "enable", enable)

    async with open_container(settings):
        [_, lifetimes] = enable.call_args.args

    assert lifetimes == Lifetimes(REPLICA_SECONDS, REPLICA_SECONDS)


async def test_what_a_cache_loads_for_nobody_is_given_up_with_the_cache(
    settings: Settings,
) -> None:
    load = Endless()

    async with open_container(settings) as container:
        region = container.cache.region("test_container", str, Lifetimes(60))
        caller = asyncio.create_task(region.get_or_load("key", load))
        await load.begun.wait()
        caller.cancel()
        await asyncio.wait([caller])
        assert not load.stopped.is_set()

    assert load.stopped.is_set()


async def test_a_dependency_that_is_closed_is_asked_no_more(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ping = Endless()
    monkeypatch.setattr(DatabaseStorage, "checks", lambda _: {"database": ping})

    async with open_container(settings) as container:
        caller = asyncio.create_task(container.health.examine())
        await ping.begun.wait()
        caller.cancel()
        await asyncio.wait([caller])
        assert not ping.stopped.is_set()

    assert ping.stopped.is_set()
