"""Requests that are repeated with an idempotency key."""

import asyncio
import json
from contextlib import nullcontext
from functools import partial

import httpx2
import pytest

from app.container import open_container
from app.core.settings import Settings
from app.main import create_app
from tests.api.clients import open_client, registration
from tests.api.test_users import USERS, assert_problem
from tests.memory import MemoryStorage

BODY = registration()
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def _answer(response: httpx2.Response) -> tuple[int, bytes, str, str]:
    """Return what must be equal in the answers to equal requests."""
    headers = response.headers
    return response.status_code, response.content, headers["location"], headers["etag"]


async def test_a_repeated_request_gets_the_answer_of_the_first(
    client: httpx2.AsyncClient,
) -> None:
    first = await client.post(USERS, json=BODY, headers=KEY)
    path = first.headers["location"]
    await client.patch(path, json={"name": "X"}, headers={"If-Match": '"1"'})

    again = await client.post(USERS, json=BODY, headers=KEY)

    assert first.status_code == 201
    assert _answer(again) == _answer(first)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


async def test_equal_requests_at_once_get_equal_answers(
    client: httpx2.AsyncClient,
) -> None:
    responses = await asyncio.gather(
        *(client.post(USERS, json=BODY, headers=KEY) for _ in range(50)),
    )

    assert len({_answer(response) for response in responses}) == 1
    replayed = ["idempotency-replayed" in response.headers for response in responses]
    assert replayed.count(False) == 1
    assert len((await client.get(USERS)).json()["items"]) == 1


async def test_another_request_with_the_same_key_is_refused(
    client: httpx2.AsyncClient,
) -> None:
    await client.post(USERS, json=BODY, headers=KEY)

    for other in [
        await client.post(USERS, json=BODY | {"name": "Bob"}, headers=KEY),
        await client.post(USERS, json=BODY, params={"x": "1"}, headers=KEY),
    ]:
        assert_problem(other, 422, "idempotency-key-reused")


async def test_it_does_not_matter_how_a_body_is_written(
    client: httpx2.AsyncClient,
) -> None:
    first = await client.post(USERS, json=BODY, headers=KEY)
    text = json.dumps(dict(reversed(BODY.items())), indent=4)

    again = await client.post(
        USERS,
        content=text,
        headers=KEY | {"Content-Type": "application/json"},
    )

    assert _answer(again) == _answer(first)


async def test_with_another_key_it_is_another_request(
    client: httpx2.AsyncClient,
) -> None:
    await client.post(USERS, json=BODY, headers=KEY)

    other = await client.post(USERS, json=BODY, headers={"Idempotency-Key": "other"})

    assert_problem(other, 409, "email-taken")


async def test_what_was_refused_may_be_tried_again(
    client: httpx2.AsyncClient,
) -> None:
    taken = await client.post(USERS, json=BODY)
    refused = await client.post(USERS, json=BODY, headers=KEY)
    await client.patch(
        taken.headers["location"],
        json={"email": "bob@example.com"},
        headers={"If-Match": "*"},
    )

    again = await client.post(USERS, json=BODY, headers=KEY)

    assert_problem(refused, 409, "email-taken")
    assert again.status_code == 201
    assert "idempotency-replayed" not in again.headers


@pytest.mark.parametrize("key", ["", " ", "a b", "\x7f", "\xe4", "x" * 256])
async def test_a_key_that_cannot_be_used_is_refused(
    client: httpx2.AsyncClient,
    key: str,
) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))]

    response = await client.post(USERS, json=BODY, headers=headers)

    problem = assert_problem(response, 422, "invalid-request")
    [error] = problem["errors"]
    assert (error["location"], error["pointer"]) == ("header", "/Idempotency-Key")


@pytest.mark.parametrize("key", ["x", "~" * 255, '"quoted"', "a,b"])
async def test_any_other_key_is_taken(client: httpx2.AsyncClient, key: str) -> None:
    headers = {"Idempotency-Key": key}

    responses = [await client.post(USERS, json=BODY, headers=headers) for _ in "12"]

    assert [response.status_code for response in responses] == [201, 201]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"x=1", b"null"])
async def test_a_body_that_cannot_be_used_is_refused_as_it_is_without_a_key(
    client: httpx2.AsyncClient,
    content: bytes,
) -> None:
    for headers in [KEY, KEY | {"Content-Type": "application/json"}]:
        response = await client.post(USERS, content=content, headers=headers)

        assert response.status_code in {400, 415, 422}, response.text


async def test_nothing_of_a_request_is_kept_in_clear(
    settings: Settings,
) -> None:
    storage = MemoryStorage()
    opener = partial(open_container, opener=lambda _: nullcontext(storage))

    async with open_client(create_app(settings, opener)) as client:
        await client.post(USERS, json=BODY, headers=KEY)

    [record] = storage.rows.idempotency_keys.values()
    assert KEY["Idempotency-Key"] not in repr(record)
    assert len(record.id) == len(record.fingerprint) == 64
