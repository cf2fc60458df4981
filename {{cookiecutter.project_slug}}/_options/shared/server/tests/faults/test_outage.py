"""The database is out of reach for a while."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.core.settings import HttpSettings
from app.main import create_app
from tests.api.clients import open_client, registration, service_settings
from tests.database import connect_to, on_port
from tests.faults.proxy import Proxy, open_proxy

USERS = "/api/v1/users"
NOBODY = f"{USERS}/{uuid4()}"
ADA = registration()
PATIENCE_SECONDS = 3
UP_TO_DATE = HttpSettings(readiness_freshness=0.000001)

OUTAGES = pytest.mark.parametrize("outage", ["refuse", "freeze"])


@pytest.fixture
async def proxy(database_settings: DatabaseSettings) -> AsyncIterator[Proxy]:
    """The way from the service to the database."""
    async with open_proxy(lambda: connect_to(database_settings)) as proxy:
        yield proxy


@pytest.fixture
async def client(
    database_settings: DatabaseSettings,
    proxy: Proxy,
    cache_settings: CacheSettings,
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the service, which reaches the database through the proxy."""
    database = on_port(database_settings, proxy.port)
    settings = service_settings(
        database=database,
        cache=cache_settings,
        http=UP_TO_DATE,
    )
    app = create_app(settings)
    async with open_client(app) as client:
        client.headers["If-Match"] = "*"
        yield client


async def _answer(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> httpx2.Response:
    """Send a request, and check that its answer does not take too long."""
    started = time.monotonic()
    headers = {"If-Match": "*"}
    response = await client.request(method, path, json=body, headers=headers)
    assert time.monotonic() - started < PATIENCE_SECONDS
    return response


def assert_unavailable(response: httpx2.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert response.json()["dependencies"] == ["database"]


@OUTAGES
async def test_every_endpoint_says_503_and_recovers(
    client: httpx2.AsyncClient,
    proxy: Proxy,
    outage: str,
) -> None:
    requests = [
        ("GET", "/readyz", None),
        ("GET", USERS, None),
        ("GET", NOBODY, None),
        ("POST", USERS, ADA),
        ("PATCH", NOBODY, {"name": "X"}),
        ("DELETE", NOBODY, None),
    ]
    warm = await asyncio.gather(*(client.get(USERS) for _ in range(5)))
    assert {response.status_code for response in warm} == {200}
    # What the monitor asks since the start is over: a later answer is from the outage.
    assert (await client.get("/readyz")).status_code == 200

    await getattr(proxy, outage)()
    answers = await asyncio.gather(*(_answer(client, *request) for request in requests))

    for answer in answers:
        assert_unavailable(answer)
    assert (await client.get("/livez")).status_code == 200

    await proxy.restore()
    assert (await client.get("/readyz")).status_code == 200
    assert (await client.post(USERS, json=ADA)).status_code == 201
    after = await asyncio.gather(*(client.get(USERS) for _ in range(20)))
    assert {response.status_code for response in after} == {200}
