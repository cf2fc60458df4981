"""Requests that are repeated with an idempotency key."""

import asyncio

import httpx2

from tests.api.clients import registration
from tests.api.test_users import USERS, assert_problem

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
