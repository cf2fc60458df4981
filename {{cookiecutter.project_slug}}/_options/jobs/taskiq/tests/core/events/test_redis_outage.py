"""Redis goes away, forgets, or freezes; workers stop in the middle. No event is lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from app.container import Container, open_container
from app.core.database.settings import DatabaseSettings
from app.core.events.handlers import Handlers
from app.core.events.jobs import JobSettings
from app.core.settings import Settings
from app.models.events import UserRegistered
from app.repositories.interfaces.storage import Storage, UnitOfWork
from tests.conftest import MakeEvent
from tests.core.jobs import Stuck, announce, counts, delivered
from tests.engine import handling, jobs_of, working
from tests.redis_server import PrivateServer, private_server


@pytest.fixture
def server() -> Iterator[PrivateServer]:
    """A Redis that only this test uses."""
    with private_server() as server:
        yield server


@pytest.fixture
def impatient(server: PrivateServer) -> JobSettings:
    """Settings of those who will not wait."""
    return JobSettings.model_validate(
        {
            "redis_url": server.url,
            "poll": 0.05,
            "publish_deadline": 0.2,
            "republish": 0.5,
            "shutdown_grace": 0.2,
        },
    )


@pytest.fixture
async def container(
    database_settings: DatabaseSettings,
    impatient: JobSettings,
) -> AsyncIterator[Container]:
    settings = Settings(database=database_settings, jobs=impatient)
    async with open_container(settings) as container:
        yield container


async def _total(storage: Storage) -> int:
    return sum((await counts(storage)).values())


async def test_events_wait_for_a_redis_that_is_down(
    container: Container,
    server: PrivateServer,
    make_event: MakeEvent,
) -> None:
    server.stop()
    async with handling(container):
        for _ in range(3):
            await announce(container.storage, make_event())
        await asyncio.sleep(0.2)
        assert await _total(container.storage) == 0

        server.start()
        await delivered(container.storage)

    assert await _total(container.storage) == 3


async def test_what_redis_forgot_is_published_again(
    container: Container,
    server: PrivateServer,
    make_event: MakeEvent,
) -> None:
    async with jobs_of(container):
        await announce(container.storage, make_event())
        await asyncio.sleep(0.3)  # it is published, and nobody is there to handle it
        server.stop()
        server.start()

        async with working(container):
            await delivered(container.storage)

    assert await _total(container.storage) == 1


async def test_a_frozen_redis_keeps_nobody_from_announcing(
    container: Container,
    server: PrivateServer,
    make_event: MakeEvent,
) -> None:
    async with handling(container):
        server.freeze()
        async with asyncio.timeout(5):
            for _ in range(3):
                await announce(container.storage, make_event())
        await asyncio.sleep(0.3)

        server.thaw()
        await delivered(container.storage)

    assert await _total(container.storage) == 3


async def test_workers_share_what_there_is_and_handle_each_event_once(
    container: Container,
    make_event: MakeEvent,
) -> None:
    async with handling(container), working(container), working(container):
        for _ in range(20):
            await announce(container.storage, make_event())
        await delivered(container.storage)

    assert await _total(container.storage) == 20


async def test_a_worker_that_is_stopped_hands_back_what_takes_too_long(
    container: Container,
    make_event: MakeEvent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck = Stuck()
    handlers: Handlers[UnitOfWork] = {UserRegistered.NAME: [stuck]}
    async with jobs_of(container):
        with monkeypatch.context() as patch:
            patch.setattr(Container, "handlers", lambda _container: handlers)
            async with working(container):
                await announce(container.storage, make_event())
                await stuck.reached.wait()
        assert await _total(container.storage) == 0

        async with working(container):
            await delivered(container.storage)

    assert await _total(container.storage) == 1
