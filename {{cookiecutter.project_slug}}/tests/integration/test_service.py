"""The whole service on the real database."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
import pytest
from fastapi import FastAPI

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from tests.api.clients import open_client, registration, service_settings
from tests.core.http.harmful import HEADERS, TEXTS, UNSTORABLE, VALUES
from tests.database import patient

USERS = "/api/v1/users"


@pytest.fixture
def app(database_settings: DatabaseSettings, cache_settings: CacheSettings) -> FastAPI:
    database = patient(database_settings)
    return create_app(service_settings(database=database, cache=cache_settings))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with open_client(app) as client:
        yield client


@pytest.fixture
async def another_client(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the same service elsewhere."""
    database = patient(database_settings)
    app = create_app(service_settings(database=database, cache=cache_settings))
    async with open_client(app) as client:
        yield client


async def test_a_user_lives_from_registration_to_deactivation(
    client: httpx2.AsyncClient,
) -> None:
    registered = await client.post(USERS, json=registration())
    path = registered.headers["location"]

    changed = await client.patch(
        path,
        json={"name": "Ada King"},
        headers={"If-Match": registered.headers["etag"]},
    )
    deactivated = await client.delete(path)
    read = await client.get(path)
    listed = await client.get(USERS, params={"active": "false"})

    assert registered.status_code == 201
    assert changed.status_code == 200
    assert deactivated.status_code == 204
    assert read.json()["name"] == "Ada King"
    assert read.json()["active"] is False
    assert listed.json()["items"] == [read.json()]


async def test_the_service_is_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/readyz")).status_code == 200


async def test_of_many_registrations_of_one_address_at_once_one_succeeds(
    client: httpx2.AsyncClient,
) -> None:
    body = registration()

    responses = await asyncio.gather(
        *(client.post(USERS, json=body) for _ in range(20)),
    )

    statuses = [response.status_code for response in responses]
    assert sorted(statuses) == [201] + [409] * 19


async def test_of_many_changes_to_one_version_at_once_one_succeeds(
    client: httpx2.AsyncClient,
) -> None:
    registered = await client.post(USERS, json=registration())

    async def rename(number: int) -> httpx2.Response:
        return await client.patch(
            registered.headers["location"],
            json={"name": f"Name {number}"},
            headers={"If-Match": registered.headers["etag"]},
        )

    responses = await asyncio.gather(*(rename(number) for number in range(20)))

    statuses = [response.status_code for response in responses]
    assert sorted(statuses) == [200] + [412] * 19
    winner = responses[statuses.index(200)]
    read = await client.get(registered.headers["location"])
    assert read.json() == winner.json()
    assert read.headers["etag"] == winner.headers["etag"] == '"2"'


def _answer(response: httpx2.Response) -> tuple[int, bytes, str, str]:
    headers = response.headers
    return response.status_code, response.content, headers["location"], headers["etag"]


async def test_fifty_equal_requests_at_once_register_one_user_and_get_equal_answers(
    client: httpx2.AsyncClient,
) -> None:
    body = registration(name="Zoë 王")
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

    responses = await asyncio.gather(
        *(client.post(USERS, json=body, headers=key) for _ in range(50)),
    )

    assert [response.status_code for response in responses] == [201] * 50
    assert len({_answer(response) for response in responses}) == 1
    replayed = ["idempotency-replayed" in response.headers for response in responses]
    assert replayed.count(False) == 1
    assert len((await client.get(USERS)).json()["items"]) == 1


async def test_equal_requests_in_several_places_at_once_get_equal_answers(
    client: httpx2.AsyncClient,
    another_client: httpx2.AsyncClient,
) -> None:
    body = registration()
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    clients = [client, another_client] * 10

    responses = await asyncio.gather(
        *(of.post(USERS, json=body, headers=key) for of in clients),
    )

    assert [response.status_code for response in responses] == [201] * 20
    assert len({_answer(response) for response in responses}) == 1
    assert len((await client.get(USERS)).json()["items"]) == 1


async def test_fifty_equal_requests_that_cannot_be_granted_are_all_refused(
    client: httpx2.AsyncClient,
) -> None:
    body = registration()
    await client.post(USERS, json=body)
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

    responses = await asyncio.gather(
        *(client.post(USERS, json=body, headers=key) for _ in range(50)),
    )

    assert [response.status_code for response in responses] == [409] * 50


async def test_a_request_that_was_cut_off_can_be_repeated(
    client: httpx2.AsyncClient,
) -> None:
    body = registration()
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}

    for patience in [0.0, 0.001, 0.002, 0.004, 0.008, 0.016]:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await client.post(USERS, json=body, headers=key)
    responses = [await client.post(USERS, json=body, headers=key) for _ in range(2)]

    assert [response.status_code for response in responses] == [201, 201]
    assert len({_answer(response) for response in responses}) == 1
    assert len((await client.get(USERS)).json()["items"]) == 1


async def test_nothing_that_is_sent_is_an_error_of_ours(
    client: httpx2.AsyncClient,
) -> None:
    registered = await client.post(USERS, json=registration())
    user = registered.headers["location"]
    headers = {"Content-Type": "application/json", "If-Match": "*"}

    async def answers() -> AsyncIterator[httpx2.Response]:
        for value in VALUES:
            for field in ("email", "name"):
                body = json.dumps(registration("bob@example.com") | {field: value})
                yield await client.post(USERS, content=body, headers=headers)
                body = json.dumps({field: value})
                yield await client.patch(user, content=body, headers=headers)
        for content in UNSTORABLE:
            yield await client.post(USERS, content=content, headers=headers)
            yield await client.patch(user, content=content, headers=headers)
        for value in HEADERS:
            bob = registration("bob@example.com")
            key, tags = {b"Idempotency-Key": value}, {b"If-Match": value}
            yield await client.post(USERS, json=bob, headers=key)
            yield await client.patch(user, json={"name": "Bob"}, headers=tags)
        for text in TEXTS:
            yield await client.get(f"{USERS}/{text}")
            for name in ("email", "cursor", "limit"):
                yield await client.get(f"{USERS}?{name}={text}")

    async for answer in answers():
        assert 400 <= answer.status_code < 500, answer.text
    assert (await client.get(user)).json() == registered.json()
