"""The database is away and comes back, again and again, while requests are served."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from migrations.commands import upgrade
from tests.api.clients import open_client, registration, service_settings
from tests.database import connect_to, on_port
from tests.faults.proxy import open_proxy
from tests.mongod import private_server

USERS = "/api/v1/users"
CLIENTS = 20

OUTAGES = 3
RESTARTS = 20

DEADLINE = 1
"""Seconds of a call: short, so that many calls meet it while there is no server."""

RECOVERY_SECONDS = 5
STOP_SECONDS = 8

PATIENCE_SECONDS = 10
"""The deadline of requests, in seconds."""


class Load:
    """Requests that are sent without a pause, and their answers."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self.answers: Counter[int] = Counter()
        self.longest = 0.0

    async def read(self) -> None:
        """Send requests that read, until cancelled."""
        while True:
            await self._timed("GET", f"{USERS}?limit=1", None)

    async def read_and_write(self) -> None:
        """Send requests that read and that write, until cancelled."""
        while True:
            await self._timed("GET", f"{USERS}?limit=1", None)
            body = registration(f"{uuid4()}@example.com")
            await self._timed("POST", USERS, body)

    async def recovered(self, seconds: float = RECOVERY_SECONDS) -> None:
        """Return when as many requests were successful as there are clients."""
        async with asyncio.timeout(seconds):
            wanted = self._successes() + CLIENTS
            while self._successes() < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    def _successes(self) -> int:
        return self.answers[200] + self.answers[201]

    async def _timed(self, method: str, path: str, body: dict[str, str] | None) -> None:
        started = time.monotonic()
        response = await self._client.request(method, path, json=body)
        self.longest = max(self.longest, time.monotonic() - started)
        self.answers[response.status_code] += 1
        if response.status_code == 503:
            assert response.headers["retry-after"] == "1"
            await asyncio.sleep(0.02)


@asynccontextmanager
async def _under_load(
    database: DatabaseSettings,
    cache: CacheSettings,
    send: Callable[[Load], Coroutine[None, None, None]],
) -> AsyncIterator[Load]:
    """Serve requests; on leaving, every answer came in time, and so does the end."""
    database = database.model_copy(update={"deadline": DEADLINE})
    app = create_app(service_settings(database=database, cache=cache))
    async with open_client(app) as client:
        load = Load(client)
        sending = [asyncio.create_task(send(load)) for _ in range(CLIENTS)]
        try:
            await load.recovered(PATIENCE_SECONDS)
            yield load
        finally:
            for task in sending:
                task.cancel()
            done, _ = await asyncio.wait(sending)
        stopping = time.monotonic()
    assert time.monotonic() - stopping < STOP_SECONDS
    assert all(task.cancelled() for task in done)
    assert set(load.answers) <= {200, 201, 503}
    assert load.longest < PATIENCE_SECONDS


async def test_connections_lost_under_load_recover_in_seconds(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> None:
    async with open_proxy(lambda: connect_to(database_settings)) as proxy:
        database = on_port(database_settings, proxy.port)
        # A transaction that lost its connection would be held open by the server.
        async with _under_load(database, cache_settings, Load.read) as load:
            for _ in range(OUTAGES):
                await proxy.refuse()
                await asyncio.sleep(DEADLINE / 2)
                await proxy.restore()
                await load.recovered()
            await proxy.refuse()
            await asyncio.sleep(DEADLINE)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_restart_twenty_times_under_load_recovers_in_seconds(
    tmp_path: Path,
    cache_settings: CacheSettings,
) -> None:
    with private_server(tmp_path) as server:
        url = server.url.replace("/?", "/restarts?")
        database = DatabaseSettings.model_validate({"url": url})
        await asyncio.to_thread(upgrade, database)
        send = Load.read_and_write
        async with _under_load(database, cache_settings, send) as load:
            for _ in range(RESTARTS):
                await asyncio.to_thread(server.restart)
                await load.recovered()
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(DEADLINE)
