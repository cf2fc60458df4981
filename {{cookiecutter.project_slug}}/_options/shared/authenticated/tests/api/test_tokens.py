"""A bad token is 401, whatever is wrong with it."""

import httpx2
import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from app.services.tokens import MAX_TOKEN_LENGTH
from tests.api.forgery import BAD_HEADERS, BAD_TOKENS, Model
from tests.api.identities import newcomer
from tests.api.identity import Identity

USERS = "/api/v1/users"


@pytest.fixture
async def ada(client: httpx2.AsyncClient) -> Identity:
    """Somebody whose token is good."""
    return await newcomer(client)


async def _read(
    client: httpx2.AsyncClient,
    identity: Identity,
    *authorization: str | bytes,
) -> httpx2.Response:
    """Ask for somebody's details, with these values of `Authorization` and no others."""
    request = client.build_request("GET", f"{USERS}/{identity.user_id}")
    del request.headers["authorization"]
    values = [of if isinstance(of, bytes) else of.encode() for of in authorization]
    own = [(b"Authorization", value) for value in values]
    request.headers = httpx2.Headers([*request.headers.raw, *own])
    return await client.send(request)


def _answer(response: httpx2.Response) -> tuple[int, str | None]:
    return response.status_code, response.headers.get("www-authenticate")


def assert_refused(response: httpx2.Response, challenge: str) -> None:
    assert _answer(response) == (401, challenge), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:problem-type:not-authenticated"


INVALID = 'Bearer error="invalid_token"'


async def test_a_good_token_is_accepted_in_every_spelling_of_its_scheme(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    for scheme in ["Bearer ", "bearer ", "BEARER "]:
        response = await _read(client, ada, f"{scheme}{ada.token}")

        assert response.status_code == 200, response.text
        assert response.json()["id"] == ada.user_id


async def test_a_token_that_was_taken_apart_and_put_together_again_is_good(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    token = Model.of(ada).token()

    assert (await _read(client, ada, f"Bearer {token}")).status_code == 200


async def test_a_request_without_a_token_is_told_which_scheme_to_use(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    assert_refused(await _read(client, ada), "Bearer")


async def test_a_bad_token_is_refused_whatever_is_wrong_with_it(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    answers: dict[str, tuple[int, str | None]] = {}

    for fault, forge in BAD_TOKENS.items():
        token = forge(Model.of(ada))
        with capture_logs() as logs:
            response = await _read(client, ada, f"Bearer {token}")
        answers[fault] = _answer(response)
        assert "token_refused" in [event["event"] for event in logs], fault
        assert len(token) < 20 or token not in str(logs) + response.text, fault

    assert answers == dict.fromkeys(BAD_TOKENS, (401, INVALID))


async def test_a_good_token_in_the_wrong_place_is_refused(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    answers: dict[str, int] = {}

    for fault, value in BAD_HEADERS.items():
        response = await _read(client, ada, value.format(token=ada.token))
        answers[fault] = response.status_code
        assert response.headers["www-authenticate"].startswith("Bearer"), fault

    assert answers == dict.fromkeys(BAD_HEADERS, 401)


async def test_two_tokens_are_refused_even_if_both_are_good(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    value = f"Bearer {ada.token}"

    assert_refused(await _read(client, ada, value, value), INVALID)


async def test_bytes_that_are_no_text_are_refused(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    response = await _read(client, ada, f"Bearer {ada.token}".encode() + b"\xff\xfe")

    assert_refused(response, INVALID)


async def test_a_token_anywhere_else_is_none(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    del client.headers["authorization"]
    path = f"{USERS}/{ada.user_id}"

    for response in [
        await client.get(path, params={"access_token": ada.token}),
        await client.get(path, headers={"Cookie": f"access_token={ada.token}"}),
        await client.get(path, headers={"X-Access-Token": ada.token}),
    ]:
        assert_refused(response, "Bearer")


async def test_a_token_is_read_up_to_its_greatest_length(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    model = Model.of(ada)
    spare = MAX_TOKEN_LENGTH - len(model.token(claims={"padding": ""}))
    most = model.token(claims={"padding": "x" * (spare * 3 // 4 - 8)})
    more = model.token(claims={"padding": "x" * spare})

    assert len(most) <= MAX_TOKEN_LENGTH < len(more)
    assert (await _read(client, ada, f"Bearer {most}")).status_code == 200
    assert_refused(await _read(client, ada, f"Bearer {more}"), INVALID)


async def test_the_access_line_names_the_caller(
    client: httpx2.AsyncClient,
    ada: Identity,
) -> None:
    caller_ids: list[object] = []

    def note(_logger: object, _name: str, event: EventDict) -> EventDict:
        caller_ids.append(event.get("caller_id"))
        return event

    with capture_logs(processors=[merge_contextvars, note]):
        await _read(client, ada, f"Bearer {ada.token}")
        await client.get("/livez")

    assert caller_ids[-2:] == [ada.user_id, None]
