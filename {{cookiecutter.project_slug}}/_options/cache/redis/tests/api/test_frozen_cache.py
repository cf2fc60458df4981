"""Clients don't notice that the cache is frozen."""

from collections.abc import Iterator
from time import perf_counter

import httpx2
import pytest

from app.core.cache.backend import CacheSettings
from tests.api.conftest import Register
from tests.api.test_users import USERS
from tests.cache import settings_for
from tests.redis_server import PrivateServer, private_server

EXTRA_SECONDS = 1
"""Ample for a busy machine: one deadline of the cache is 0.05."""


@pytest.fixture
def server() -> Iterator[PrivateServer]:
    with private_server() as server:
        yield server


@pytest.fixture
def cache_settings(server: PrivateServer) -> CacheSettings:
    """The defaults, but for the server."""
    return settings_for(server.url)


async def _rename(client: httpx2.AsyncClient, path: str, name: str) -> float:
    """Read a user, change its name, read it again; return how many seconds that took."""
    started = perf_counter()
    read = await client.get(path)
    changed = await client.patch(
        path,
        json={"name": name},
        headers={"If-Match": read.headers["etag"]},
    )
    read_again = await client.get(path)
    seconds = perf_counter() - started

    statuses = [read.status_code, changed.status_code, read_again.status_code]
    assert statuses == [200, 200, 200]
    assert read_again.json()["name"] == name
    return seconds


async def test_while_the_cache_is_frozen_all_is_answered_and_soon(
    server: PrivateServer,
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    path = f"{USERS}/{(await register())['id']}"
    usual = await _rename(client, path, "Ada King")

    server.freeze()
    frozen = await _rename(client, path, "Ada Lovelace")

    assert frozen - usual < EXTRA_SECONDS
