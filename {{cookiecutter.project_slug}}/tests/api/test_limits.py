"""No text that clients send is an error of the service."""

import json
from uuid import uuid4

import httpx2
import pytest

from tests.api.clients import registration
from tests.api.conftest import Register
from tests.core.http.harmful import HEADERS, TEXTS, VALUES
from tests.core.http.test_limits import JSON, assert_problem

USERS = "/api/v1/users"
USER = f"{USERS}/{uuid4()}"


@pytest.mark.parametrize("field", ["email", "name", "unknown"])
async def test_no_value_in_a_body_is_an_error_of_ours(
    client: httpx2.AsyncClient,
    field: str,
) -> None:
    for value in VALUES:
        body = json.dumps(registration() | {field: value})

        posted = await client.post(USERS, content=body, headers=JSON)
        patched = await client.patch(USER, content=body, headers=JSON)

        assert (posted.status_code, patched.status_code) == (422, 422), body[:500]
        assert_problem(posted, 422)
        assert_problem(patched, 422)


@pytest.mark.parametrize("name", ["limit", "sort", "active", "email", "cursor"])
async def test_no_text_in_a_query_is_an_error_of_ours(
    client: httpx2.AsyncClient,
    name: str,
) -> None:
    for text in TEXTS:
        assert_problem(await client.get(f"{USERS}?{name}={text}"), 422)


async def test_no_text_in_a_path_is_an_error_of_ours(
    client: httpx2.AsyncClient,
) -> None:
    for text in TEXTS:
        assert_problem(await client.get(f"{USERS}/{text}"), 422)


@pytest.mark.parametrize("value", HEADERS)
async def test_header_that_cannot_be_used_is_422(
    client: httpx2.AsyncClient,
    register: Register,
    value: bytes,
) -> None:
    user = f"{USERS}/{(await register())['id']}"
    body = registration("bob@example.com")
    for name, method, path in (
        (b"Idempotency-Key", "POST", USERS),
        (b"If-Match", "PATCH", user),
        (b"If-None-Match", "GET", user),
    ):
        headers = {name: value}
        response = await client.request(method, path, json=body, headers=headers)

        assert_problem(response, 422)
