"""Logging in, as clients see it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import hypothesis
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, example
from hypothesis import given as each
from pydantic import Secret

from app.container import open_container
from app.core.settings import Settings
from app.main import create_app
from app.models.caller import SCOPES
from app.repositories.interfaces.storage import Storage
from app.services.administrators import AdministratorService
from tests.accounts import (
    CHEAP,
    OTHER_PASSWORD,
    PASSWORD,
    StoppedClock,
    auth_settings,
)
from tests.api.clients import open_anonymous_client, registration
from tests.api.test_users import assert_problem
from tests.core.unicode import addresses, long_texts, texts

ADA, BOB = "ada@example.com", "bob@example.com"
USERS, AUTH = "/api/v1/users", "/api/v1/auth"


@pytest.fixture
def clock() -> StoppedClock:
    """Time stands still: no attempt comes back while passwords are tried."""
    return StoppedClock()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who has no token."""
    async with open_anonymous_client(app) as client:
        yield client


@pytest.fixture
async def ada(client: httpx2.AsyncClient) -> str:
    """The path of Ada, who is registered with `PASSWORD`."""
    return await _register(client, ADA)


async def _register(client: httpx2.AsyncClient, email: str) -> str:
    response = await client.post(USERS, json=registration(email))
    assert response.status_code == 201, response.text
    return str(response.headers["location"])


async def _ask_for_tokens(
    client: httpx2.AsyncClient,
    email: str = ADA,
    password: str = PASSWORD,
) -> httpx2.Response:
    form = {"grant_type": "password", "username": email, "password": password}
    return await client.post(f"{AUTH}/token", data=form)


async def _log_in(client: httpx2.AsyncClient, email: str = ADA) -> dict[str, Any]:
    response = await _ask_for_tokens(client, email)
    assert response.status_code == 200, response.text
    tokens: dict[str, Any] = response.json()
    return tokens


async def _refresh(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(f"{AUTH}/refresh", json={"refresh_token": token})


async def _read(client: httpx2.AsyncClient, path: str, token: str) -> httpx2.Response:
    return await client.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_who_has_registered_logs_in_and_reads_their_own_details(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    response = await _ask_for_tokens(client)

    tokens = response.json()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert tokens["token_type"] == "bearer"  # noqa: S105 - a type
    assert tokens["expires_in"] == 600
    assert set(tokens["scope"].split()) == SCOPES
    user = await _read(client, ada, tokens["access_token"])
    assert user.json()["email"] == ADA


class TestAnyText:
    """As many may register and log in as tests like."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        unlimited = {"to_register": 10**6, "for_network": 10**6}
        auth = auth_settings(attempts=unlimited)
        return settings.model_copy(update={"auth": auth})

    @hypothesis.settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @each(
        email=addresses(),
        password=texts(20) | long_texts((12, 128)),
        name=texts(8) | long_texts((1, 100)),
    )
    @example(email="J\N{COMBINING CARON}oe@example.com", password=PASSWORD, name="Joe")
    @example(email="Ada <ada@example.com>", password=PASSWORD, name="Ada")
    @example(email=ADA, password="ﬃ" * 60, name="Ada")
    async def test_registration_with_any_text_is_refused_or_logs_in_with_the_same_text(
        self,
        client: httpx2.AsyncClient,
        email: str,
        password: str,
        name: str,
    ) -> None:
        body = json.dumps({"email": email, "password": password, "name": name})
        headers = {"Content-Type": "application/json"}

        registered = await client.post(USERS, content=body, headers=headers)

        assert registered.status_code in {201, 409, 422}, registered.text
        if registered.status_code == 201:
            assert (await _ask_for_tokens(client, email, password)).status_code == 200


@pytest.mark.parametrize("registered", ["bücher.example", "xn--bcher-kva.example"])
async def test_a_domain_in_letters_or_in_ascii_logs_in(
    client: httpx2.AsyncClient,
    registered: str,
) -> None:
    await _register(client, f"ada@{registered}")

    for given in ("bücher.example", "xn--bcher-kva.example", "XN--Bcher-KVA.example"):
        assert await _log_in(client, f"ada@{given}")


async def test_registering_neither_shows_the_password_nor_logs_in(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.post(USERS, json=registration())

    assert PASSWORD not in response.text
    assert "token" not in response.text


@pytest.mark.parametrize("password", ["x" * 11, "x" * 129, None, "\ud800" * 12])
async def test_a_password_that_cannot_be_used_is_refused_and_not_repeated(
    client: httpx2.AsyncClient,
    password: str | None,
) -> None:
    body = registration() | {"password": password}
    headers = {"Content-Type": "application/json"}

    response = await client.post(USERS, content=json.dumps(body), headers=headers)

    [error] = assert_problem(response, 422, "invalid-request")["errors"]
    assert error["pointer"] == "/password"
    assert "xxx" not in response.text


class TestLeastLength:
    """Passwords of 20 characters or more."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        auth = auth_settings(passwords=CHEAP.model_copy(update={"min_length": 20}))
        return settings.model_copy(update={"auth": auth})

    async def test_register_as_long_as_set_returns_201_else_422(
        self,
        client: httpx2.AsyncClient,
    ) -> None:
        body = registration()
        shorter = await client.post(USERS, json=body | {"password": "x" * 19})
        long_enough = await client.post(USERS, json=body | {"password": "x" * 20})

        [error] = assert_problem(shorter, 422, "invalid-request")["errors"]
        assert (error["location"], error["pointer"]) == ("body", "/password")
        assert error["detail"] == "a password has at least 20 characters"
        assert long_enough.status_code == 201

    async def test_change_password_as_long_as_set_returns_200_else_422(
        self,
        client: httpx2.AsyncClient,
        ada: str,
    ) -> None:
        token = (await _log_in(client))["access_token"]
        shorter, long_enough = [
            await client.post(
                f"{AUTH}/password",
                json={"current_password": PASSWORD, "new_password": "x" * length},
                headers={"Authorization": f"Bearer {token}"},
            )
            for length in (19, 20)
        ]

        [error] = assert_problem(shorter, 422, "invalid-request")["errors"]
        assert (error["location"], error["pointer"]) == ("body", "/new_password")
        assert long_enough.status_code == 200


async def test_unknown_people_and_wrong_passwords_are_answered_alike(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    answers = [
        await _ask_for_tokens(client, ADA, OTHER_PASSWORD),
        await _ask_for_tokens(client, BOB, PASSWORD),
        await _ask_for_tokens(client, "nobody", "x" * 10_000),
    ]

    bodies = [assert_problem(answer, 401, "wrong-credentials") for answer in answers]
    for body in bodies:
        del body["correlation_id"], body["instance"]
    assert bodies[0] == bodies[1] == bodies[2]
    assert all(answer.headers["www-authenticate"] == "Bearer" for answer in answers)


@pytest.mark.parametrize(
    "form",
    [{}, {"username": ADA}, {"username": ADA, "password": "x", "grant_type": "code"}],
)
async def test_a_form_that_lacks_something_is_refused(
    client: httpx2.AsyncClient,
    form: dict[str, str],
) -> None:
    response = await client.post(f"{AUTH}/token", data=form)

    assert_problem(response, 422, "invalid-request")


@pytest.mark.usefixtures("ada")
@pytest.mark.parametrize(
    "grant_type",
    ["password", "", "code", "Password", "password "],
)
async def test_log_in_grant_type_is_accepted_where_its_description_accepts_it(
    client: httpx2.AsyncClient,
    app: FastAPI,
    grant_type: str,
) -> None:
    form = {"grant_type": grant_type, "username": ADA, "password": PASSWORD}
    [schema] = [
        schema["properties"]["grant_type"]
        for schema in app.openapi()["components"]["schemas"].values()
        if "grant_type" in schema.get("properties", {})
    ]

    response = await client.post(f"{AUTH}/token", data=form)

    assert response.status_code == (200 if grant_type in schema["enum"] else 422)


@pytest.mark.usefixtures("ada")
async def test_log_in_without_grant_type_returns_tokens(
    client: httpx2.AsyncClient,
) -> None:
    form = {"username": ADA, "password": PASSWORD}

    response = await client.post(f"{AUTH}/token", data=form)

    assert response.status_code == 200


async def test_who_tries_too_many_passwords_is_told_when_to_come_again(
    client: httpx2.AsyncClient,
    ada: str,
    settings: Settings,
) -> None:
    for _ in range(settings.auth.attempts.for_account):
        await _ask_for_tokens(client, ADA, OTHER_PASSWORD)

    response = await _ask_for_tokens(client)

    assert_problem(response, 429, "too-many-attempts")
    assert 0 < int(response.headers["retry-after"]) <= 30


class TestFewRegistrations:
    """Three people may register from one network."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        auth = auth_settings(attempts={"to_register": 3})
        return settings.model_copy(update={"auth": auth})

    async def test_who_registers_too_often_is_told_when_to_come_again(
        self,
        client: httpx2.AsyncClient,
        ada: str,
    ) -> None:
        for _ in range(2):
            taken = await client.post(USERS, json=registration(ADA))
            assert_problem(taken, 409, "email-taken")

        response = await client.post(USERS, json=registration(ADA))

        assert_problem(response, 429, "too-many-attempts")
        assert 0 < int(response.headers["retry-after"]) <= 3
        assert (await _ask_for_tokens(client)).status_code == 200


async def test_an_attacker_elsewhere_does_not_keep_the_owner_out(
    app: FastAPI,
    client: httpx2.AsyncClient,
    ada: str,
    settings: Settings,
) -> None:
    elsewhere = httpx2.ASGITransport(app, client=("198.51.100.7", 4711))
    async with httpx2.AsyncClient(
        transport=elsewhere,
        base_url="http://service",
    ) as attacker:
        for _ in range(settings.auth.attempts.for_account + 1):
            response = await _ask_for_tokens(attacker, ADA, OTHER_PASSWORD)

    assert_problem(response, 429, "too-many-attempts")
    assert (await _ask_for_tokens(client)).status_code == 200


async def test_many_networks_cannot_try_one_account_and_keep_its_owner_out(
    app: FastAPI,
    client: httpx2.AsyncClient,
    ada: str,
    settings: Settings,
) -> None:
    await _log_in(client)
    for number in range(settings.auth.attempts.from_unknown + 1):
        network = httpx2.ASGITransport(app, client=(f"198.51.100.{number}", 4711))
        async with httpx2.AsyncClient(
            transport=network,
            base_url="http://service",
        ) as attacker:
            response = await _ask_for_tokens(attacker, ADA, OTHER_PASSWORD)

    assert_problem(response, 429, "too-many-attempts")
    assert 0 < int(response.headers["retry-after"]) <= 60
    assert (await _ask_for_tokens(client)).status_code == 200


async def test_a_refresh_token_is_exchanged_for_new_tokens(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    tokens = await _log_in(client)

    response = await _refresh(client, tokens["refresh_token"])

    fresh = response.json()
    assert response.headers["cache-control"] == "no-store"
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert (await _read(client, ada, fresh["access_token"])).status_code == 200


async def test_a_refresh_token_used_twice_logs_out_whoever_holds_the_next_one(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    tokens = await _log_in(client)
    fresh = (await _refresh(client, tokens["refresh_token"])).json()
    assert (await _read(client, ada, fresh["access_token"])).status_code == 200

    again = await _refresh(client, tokens["refresh_token"])
    following = await _refresh(client, fresh["refresh_token"])

    assert_problem(again, 401, "refresh-token-refused")
    assert_problem(following, 401, "refresh-token-refused")
    response = await _read(client, ada, fresh["access_token"])
    assert_problem(response, 401, "not-authenticated")


async def test_neither_token_can_be_used_for_the_other(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    tokens = await _log_in(client)

    refreshed = await _refresh(client, tokens["access_token"])
    read = await _read(client, ada, tokens["refresh_token"])

    assert refreshed.status_code in {401, 422}
    assert_problem(read, 401, "not-authenticated")
    assert (await _refresh(client, tokens["refresh_token"])).status_code == 200


async def test_who_has_logged_out_is_out_at_once(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    here, there = await _log_in(client), await _log_in(client)
    assert (await _read(client, ada, here["access_token"])).status_code == 200

    body = {"refresh_token": here["refresh_token"]}
    responses = [await client.post(f"{AUTH}/logout", json=body) for _ in range(2)]

    assert [response.status_code for response in responses] == [204, 204]
    response = await _read(client, ada, here["access_token"])
    assert_problem(response, 401, "not-authenticated")
    assert (await _read(client, ada, there["access_token"])).status_code == 200


async def test_a_new_password_logs_out_everywhere_at_once(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    here, there = await _log_in(client), await _log_in(client)
    assert (await _read(client, ada, there["access_token"])).status_code == 200

    response = await client.post(
        f"{AUTH}/password",
        json={"current_password": PASSWORD, "new_password": OTHER_PASSWORD},
        headers={"Authorization": f"Bearer {here['access_token']}"},
    )

    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    new = response.json()
    assert (await _read(client, ada, new["access_token"])).status_code == 200
    assert (await _refresh(client, new["refresh_token"])).status_code == 200
    for tokens in (here, there):
        read = await _read(client, ada, tokens["access_token"])
        assert_problem(read, 401, "not-authenticated")
        refreshed = await _refresh(client, tokens["refresh_token"])
        assert_problem(refreshed, 401, "refresh-token-refused")
    old = await _ask_for_tokens(client, ADA, PASSWORD)
    assert_problem(old, 401, "wrong-credentials")
    assert (await _ask_for_tokens(client, ADA, OTHER_PASSWORD)).status_code == 200


async def test_only_who_is_logged_in_and_knows_the_password_changes_it(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    tokens = await _log_in(client)
    body = {"current_password": "something else", "new_password": OTHER_PASSWORD}
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    without_token = await client.post(f"{AUTH}/password", json=body)
    wrong = await client.post(f"{AUTH}/password", json=body, headers=headers)

    assert_problem(without_token, 401, "not-authenticated")
    assert_problem(wrong, 403, "wrong-password")
    assert (await _ask_for_tokens(client)).status_code == 200


async def test_a_deactivated_user_neither_refreshes_nor_logs_in(
    client: httpx2.AsyncClient,
    ada: str,
) -> None:
    tokens = await _log_in(client)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}

    assert (await client.delete(ada, headers=headers)).status_code == 204

    refreshed = await _refresh(client, tokens["refresh_token"])
    assert_problem(refreshed, 401, "refresh-token-refused")
    logged_in = await _ask_for_tokens(client)
    assert_problem(logged_in, 401, "wrong-credentials")


async def test_others_are_nobody_until_one_is_an_administrator(
    client: httpx2.AsyncClient,
    storage: Storage,
    ada: str,
) -> None:
    await _register(client, BOB)
    before = await _log_in(client, BOB)
    assert_problem(
        await _read(client, ada, before["access_token"]),
        404,
        "user-not-found",
    )

    administrators = AdministratorService(storage.unit_of_work)
    await administrators.set_role(BOB, administrator=True)

    now = await _log_in(client, BOB)
    assert (await _read(client, ada, now["access_token"])).status_code == 200
    assert (await _read(client, USERS, now["access_token"])).status_code == 200


async def test_keys_can_be_changed_while_people_are_logged_in(
    settings: Settings,
) -> None:
    old, new = ({key_id: Secret(key_id * 32)} for key_id in ("old", "new"))

    async with _service(settings, old) as client:
        ada = await _register(client, ADA)
        token = (await _log_in(client))["access_token"]
    async with _service(settings, new | old) as client:
        assert (await _read(client, ada, token)).status_code == 200
        newer_token = (await _log_in(client))["access_token"]
    async with _service(settings, new) as client:
        assert_problem(await _read(client, ada, token), 401, "not-authenticated")
        assert (await _read(client, ada, newer_token)).status_code == 200


@asynccontextmanager
async def _service(
    settings: Settings,
    keys: dict[str, Secret[str]],
) -> AsyncIterator[httpx2.AsyncClient]:
    """Start a service with some keys, and return a client of it that has no token."""
    auth = auth_settings(keys=keys)
    changed = settings.model_copy(update={"auth": auth})
    async with open_anonymous_client(create_app(changed, open_container)) as client:
        yield client


async def test_the_description_says_where_to_log_in(app: FastAPI) -> None:
    document = app.openapi()

    [scheme] = document["components"]["securitySchemes"].values()
    address = scheme["flows"]["password"]["tokenUrl"]
    form = document["paths"][address]["post"]["requestBody"]["content"]
    assert list(form) == ["application/x-www-form-urlencoded"]
    assert document["paths"][f"{AUTH}/password"]["post"]["security"]
    assert "security" not in document["paths"][f"{AUTH}/refresh"]["post"]
    assert "security" not in document["paths"][USERS]["post"]
