"""Logging in, with the whole service on the real database."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.core.settings import Settings
from app.main import create_app
from tests.accounts import (
    OTHER_PASSWORD,
    PASSWORD,
    auth_settings,
    guess_from_many_networks,
)
from tests.api.clients import open_anonymous_client, registration, service_settings

USERS, AUTH = "/api/v1/users", "/api/v1/auth"


@pytest.fixture
async def client(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who has no token."""
    settings = service_settings(database=database_settings, cache=cache_settings)
    async with open_anonymous_client(create_app(settings)) as client:
        yield client


async def _log_in(
    client: httpx2.AsyncClient,
    password: str = PASSWORD,
) -> httpx2.Response:
    form = {"username": "ada@example.com", "password": password}
    return await client.post(f"{AUTH}/token", data=form)


async def _refresh(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(f"{AUTH}/refresh", json={"refresh_token": token})


def _bearer(tokens: httpx2.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.json()['access_token']}"}


async def test_an_account_lives_from_registration_to_deactivation(
    client: httpx2.AsyncClient,
) -> None:
    ada = (await client.post(USERS, json=registration())).headers["location"]
    first = await _log_in(client)
    second = await _refresh(client, first.json()["refresh_token"])
    assert (await client.get(ada, headers=_bearer(second))).status_code == 200

    changed = await client.post(
        f"{AUTH}/password",
        json={"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
        headers=_bearer(second),
    )
    assert changed.status_code == 200
    assert (await client.get(ada, headers=_bearer(changed))).status_code == 200
    assert (await client.get(ada, headers=_bearer(second))).status_code == 401
    assert (await _refresh(client, second.json()["refresh_token"])).status_code == 401
    assert (await _log_in(client)).status_code == 401

    third = await _log_in(client, OTHER_PASSWORD)
    body = {"refresh_token": third.json()["refresh_token"]}
    assert (await client.post(f"{AUTH}/logout", json=body)).status_code == 204
    assert (await client.get(ada, headers=_bearer(third))).status_code == 401

    fourth = await _log_in(client, OTHER_PASSWORD)
    assert (await client.delete(ada, headers=_bearer(fourth))).status_code == 204
    assert (await _refresh(client, fourth.json()["refresh_token"])).status_code == 401
    assert (await _log_in(client, OTHER_PASSWORD)).status_code == 401


async def test_of_many_uses_of_one_refresh_token_at_once_one_succeeds(
    client: httpx2.AsyncClient,
) -> None:
    await client.post(USERS, json=registration())
    token = (await _log_in(client)).json()["refresh_token"]

    responses = await asyncio.gather(*(_refresh(client, token) for _ in range(10)))

    statuses = sorted(response.status_code for response in responses)
    assert statuses == [200] + [401] * 9
    [winner] = [response for response in responses if response.status_code == 200]
    assert (await _refresh(client, winner.json()["refresh_token"])).status_code == 401


async def test_of_many_registrations_at_once_one_password_is_stored(
    client: httpx2.AsyncClient,
) -> None:
    bodies = [registration() | {"password": f"password {of:04}"} for of in range(10)]

    responses = await asyncio.gather(
        *(client.post(USERS, json=body) for body in bodies),
    )

    statuses = [response.status_code for response in responses]
    assert sorted(statuses) == [201] + [409] * 9
    password = str(bodies[statuses.index(201)]["password"])
    assert (await _log_in(client, password)).status_code == 200


@pytest.fixture
def watchful(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> Settings:
    """Settings by which three passwords may be tried from unknown networks."""
    return service_settings(
        database=database_settings,
        cache=cache_settings,
        auth=auth_settings(attempts={"from_unknown": 3, "from_unknown_every": 3600}),
    )


async def test_log_in_after_a_restart_succeeds_for_the_owner_under_attack(
    watchful: Settings,
) -> None:
    async with open_anonymous_client(create_app(watchful)) as client:
        await client.post(USERS, json=registration())
        assert (await _log_in(client)).status_code == 200

    restarted = create_app(watchful)
    async with open_anonymous_client(restarted) as client:
        statuses = await guess_from_many_networks(restarted, "ada@example.com", 4)

        assert statuses[-1] == 429
        assert (await _log_in(client)).status_code == 200


async def test_log_in_at_another_worker_succeeds_for_the_owner_under_attack(
    watchful: Settings,
) -> None:
    other = create_app(watchful)
    async with (
        open_anonymous_client(create_app(watchful)) as client,
        open_anonymous_client(other) as client_of_other,
    ):
        await client.post(USERS, json=registration())
        assert (await _log_in(client)).status_code == 200
        statuses = await guess_from_many_networks(other, "ada@example.com", 4)

        assert statuses[-1] == 429
        assert (await _log_in(client_of_other)).status_code == 200
