"""Keys of requests that may be repeated, as endpoints get them."""

import json

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import Secret

from app.core.http.idempotency import RepeatableDep, idempotency_signer
from app.core.idempotency.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEY = {HEADER: "8e03978e-40d5-43dd-bc93-6894a57f9324"}
BODY = {"email": "ada@example.com", "name": "Ada"}
PATH = "/repeatable"


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    """An application that answers with the key of a request."""
    app.state.idempotency_signer = idempotency_signer(Secret("a secret of the tests"))

    @app.post(PATH)
    async def _show(
        body: dict[str, str],
        request: RepeatableDep,
    ) -> IdempotencyKey | None:
        return request.key

    return app


async def test_a_request_without_a_key_has_none(client: httpx2.AsyncClient) -> None:
    assert (await client.post(PATH, json=BODY)).json() is None


async def test_it_does_not_matter_how_a_body_is_written(
    client: httpx2.AsyncClient,
) -> None:
    first = await client.post(PATH, json=BODY, headers=KEY)
    text = json.dumps(dict(reversed(BODY.items())), indent=4)

    again = await client.post(
        PATH,
        content=text,
        headers=KEY | {"Content-Type": "application/json"},
    )

    assert again.json() == first.json()


async def test_nothing_of_a_request_is_kept_in_clear(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.post(PATH, json=BODY, headers=KEY)

    key = response.json()
    sent = [KEY[HEADER], *BODY.values()]
    assert not any(text in response.text for text in sent)
    assert len(key["id"]) == len(key["fingerprint"]) == 64


@pytest.mark.parametrize("key", ["", " ", "a b", "\x7f", "\xe4", "x" * 256])
async def test_a_key_that_cannot_be_used_is_refused(
    client: httpx2.AsyncClient,
    key: str,
) -> None:
    headers = [(HEADER.encode(), key.encode("latin-1"))]

    response = await client.post(PATH, json=BODY, headers=headers)

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["location"], error["pointer"]) == ("header", f"/{HEADER}")


@pytest.mark.parametrize("key", ["x", "~" * 255, '"quoted"', "a,b"])
async def test_any_other_key_is_taken(client: httpx2.AsyncClient, key: str) -> None:
    response = await client.post(PATH, json=BODY, headers={HEADER: key})

    assert response.status_code == 200


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"x=1", b"null"])
async def test_a_body_that_cannot_be_used_is_refused_as_it_is_without_a_key(
    client: httpx2.AsyncClient,
    content: bytes,
) -> None:
    for headers in [KEY, KEY | {"Content-Type": "application/json"}]:
        response = await client.post(PATH, content=content, headers=headers)

        assert response.status_code in {400, 415, 422}, response.text
