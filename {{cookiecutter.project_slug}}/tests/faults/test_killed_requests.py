"""A process is killed with SIGKILL in the middle of a request: repeating the request is safe."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Literal

import httpx2
import pytest
import uvicorn

from app.container import open_container
from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.core.observability.logging import configure_logging
from app.core.settings import LogFormat, Settings
from app.main import create_app
from app.models.user import UserQuery
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage, UnitOfWork
from tests.api.clients import open_client, registration, service_settings
from tests.core.forks import forks
from tests.database import OUTLIVES_CLIENTS

Moment = Literal["before_commit", "after_commit"]

USERS = "/api/v1/users"
BODY = registration()
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

PATIENCE = 90
"""Seconds to try again: some servers hold on to what a dead client wrote for a while."""

MOMENTS = [
    pytest.param("before_commit", marks=[pytest.mark.slow] if OUTLIVES_CLIENTS else []),
    "after_commit",
]


@asynccontextmanager
async def _fatal_storage(
    settings: DatabaseSettings,
    moment: Moment,
) -> AsyncIterator[Storage]:
    """Open storage whose first commit kills this process."""
    async with open_storage(settings) as storage:
        begin = storage.unit_of_work

        @asynccontextmanager
        async def unit_of_work() -> AsyncIterator[UnitOfWork]:
            async with begin() as work:
                commit = work.commit

                async def commit_and_die() -> None:
                    if moment == "after_commit":
                        await commit()
                    os.kill(os.getpid(), signal.SIGKILL)

                work.commit = commit_and_die  # type: ignore[method-assign]
                yield work

        storage.unit_of_work = unit_of_work  # type: ignore[method-assign]
        yield storage


def _serve(settings: Settings, listener: socket.socket, moment: Moment | None) -> None:
    configure_logging("critical", LogFormat.JSON)
    opener = partial(_fatal_storage, moment=moment) if moment else open_storage
    app = create_app(settings, partial(open_container, opener=opener))
    uvicorn.Server(uvicorn.Config(app, log_config=None)).run(sockets=[listener])


@contextmanager
def _serving(
    settings: Settings,
    moment: Moment | None = None,
) -> Iterator[tuple[str, BaseProcess]]:
    """Serve in another process, which dies at a moment of its first write; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = forks().Process(target=_serve, args=(settings, listener, moment))
        process.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", process
        finally:
            process.kill()
            process.join()


@pytest.fixture
def settings(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> Settings:
    return service_settings(database=database_settings, cache=cache_settings)


@pytest.fixture
async def headers(settings: Settings) -> httpx2.Headers:
    """What a request carries: a key, and whatever tells who makes it."""
    async with open_client(create_app(settings)) as client:
        return httpx2.Headers({**client.headers, **KEY})


async def _repeat(url: str, headers: httpx2.Headers) -> httpx2.Response:
    """Register, again and again while the answer is that it is worth another try."""
    async with (
        asyncio.timeout(PATIENCE),
        httpx2.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE) as client,
    ):
        while True:
            response = await client.post(USERS, json=BODY)
            if response.status_code != 503:
                return response


@pytest.mark.timeout(120)
@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_request_whose_process_was_killed_takes_effect_once_when_repeated(
    settings: Settings,
    headers: httpx2.Headers,
    moment: Moment,
) -> None:
    with _serving(settings, moment) as (url, process):
        async with httpx2.AsyncClient(base_url=url, headers=headers) as client:
            with pytest.raises(httpx2.TransportError):
                await client.post(USERS, json=BODY, timeout=20)
        process.join()
        assert process.exitcode == -signal.SIGKILL

    with _serving(settings) as (url, _):
        repeated = await _repeat(url, headers)

    assert repeated.status_code == 201, repeated.text
    replayed = "idempotency-replayed" in repeated.headers
    assert replayed == (moment == "after_commit")
    async with open_storage(settings.database) as storage:
        users = (await storage.users.list(UserQuery())).items
        backlog = await storage.outbox.backlog()
    assert [str(user.id) for user in users] == [repeated.json()["id"]]
    assert backlog.pending == 1
