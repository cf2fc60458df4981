"""The file can't be used for a while."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.core.settings import HttpSettings
from app.main import create_app
from tests.api.clients import open_client, registration, service_settings

USERS = "/api/v1/users"
UP_TO_DATE = HttpSettings(readiness_freshness=0.000001)
ADA = registration()


@pytest.fixture
def impatient(database_settings: DatabaseSettings) -> DatabaseSettings:
    """The tests' database, for those who will not wait."""
    return database_settings.model_copy(update={"lock_wait": 0.05, "deadline": 0.5})


@pytest.fixture
def app(impatient: DatabaseSettings, cache_settings: CacheSettings) -> FastAPI:
    settings = service_settings(
        database=impatient,
        cache=cache_settings,
        http=UP_TO_DATE,
    )
    return create_app(settings)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_client(app) as client:
        yield client


@pytest.fixture
def other_process(impatient: DatabaseSettings) -> Iterator[sqlite3.Connection]:
    """Somebody else with the same file open."""
    connection = sqlite3.connect(impatient.path, isolation_level=None)
    yield connection
    connection.close()


def assert_unavailable(response: httpx2.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert response.json()["dependencies"] == ["database"]


async def test_a_locked_file_can_be_read_and_is_written_once_it_is_free(
    client: httpx2.AsyncClient,
    other_process: sqlite3.Connection,
) -> None:
    other_process.execute("BEGIN IMMEDIATE")

    assert (await client.get(USERS)).status_code == 200
    assert_unavailable(await client.post(USERS, json=ADA))

    other_process.execute("ROLLBACK")
    assert (await client.post(USERS, json=ADA)).status_code == 201


async def test_a_file_that_cannot_be_opened_is_an_unavailable_database(
    app: FastAPI,
    impatient: DatabaseSettings,
) -> None:
    path = Path(impatient.path)
    hidden = path.with_suffix(".hidden")
    path.rename(hidden)  # before the service starts: what is open stays open
    path.mkdir()
    async with open_client(app) as client:
        try:
            assert_unavailable(await client.get(USERS))
            assert_unavailable(await client.post(USERS, json=ADA))
            assert_unavailable(await client.get("/readyz"))
        finally:
            path.rmdir()
            hidden.rename(path)
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.post(USERS, json=ADA)).status_code == 201


async def test_a_writer_that_waits_too_long_gives_up_and_leaves_the_way_free(
    impatient: DatabaseSettings,
    client: httpx2.AsyncClient,
    other_process: sqlite3.Connection,
) -> None:
    other_process.execute("BEGIN IMMEDIATE")
    for _ in range(impatient.pool.size + 1):
        assert_unavailable(await client.post(USERS, json=ADA))
    other_process.execute("ROLLBACK")

    assert (await client.post(USERS, json=ADA)).status_code == 201
