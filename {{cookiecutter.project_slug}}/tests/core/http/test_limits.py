"""Whatever a request is made of, there is an end to it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Body, FastAPI, Request

from app.core.http.json_depth import MAX_DEPTH
from app.core.http.request_limits import MAX_HEADERS, MAX_QUERY_PARAMETERS
from app.core.settings import HttpSettings
from tests.core.http.harmful import UNSTORABLE

THINGS = "/things"
JSON = {"Content-Type": "application/json", "If-Match": "*"}
MAX_URL = 1000
MAX_HEADER_BYTES = 12_000
MAX_JSON_VALUES = 100


@pytest.fixture
def http() -> HttpSettings:
    return HttpSettings(
        max_url_bytes=MAX_URL,
        max_header_bytes=MAX_HEADER_BYTES,
        max_json_values=MAX_JSON_VALUES,
    )


def assert_problem(response: httpx2.Response, status: int) -> None:
    assert response.status_code == status, f"{response.request.url}: {response.text}"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"]
    assert len(response.content) < 2000


@pytest.mark.parametrize(
    "rest",
    [f"/{'x' * MAX_URL}", f"?{'x' * MAX_URL}", f"/{'%78' * (MAX_URL // 3)}"],
)
async def test_a_long_address_is_414(client: httpx2.AsyncClient, rest: str) -> None:
    response = await client.get(THINGS + rest)

    assert_problem(response, 414)


async def test_an_address_of_just_the_greatest_length_is_read(
    client: httpx2.AsyncClient,
) -> None:
    padding = "x" * (MAX_URL - len(THINGS) - len("unknown="))

    response = await client.get(THINGS, params={"unknown": padding})

    assert response.status_code == 200


async def test_query_parameters_are_counted(client: httpx2.AsyncClient) -> None:
    most = "&".join(["a"] * MAX_QUERY_PARAMETERS)

    assert (await client.get(f"{THINGS}?{most}")).status_code == 200
    assert_problem(await client.get(f"{THINGS}?{most}&a"), 400)


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Long", "x" * MAX_HEADER_BYTES)],
        [("X-Many", "")] * (MAX_HEADERS + 1),
    ],
)
async def test_long_or_many_headers_are_431(
    client: httpx2.AsyncClient,
    headers: list[tuple[str, str]],
) -> None:
    assert_problem(await client.get(THINGS, headers=headers), 431)


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON"])
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"name":' * 10_000,
        b'{"name":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
    ],
)
async def test_deep_json_is_refused_before_it_is_parsed(
    client: httpx2.AsyncClient,
    content_type: str,
    body: bytes,
) -> None:
    headers = JSON | {"Content-Type": content_type}
    at_once = await client.post(THINGS, content=body, headers=headers)
    in_pieces = await client.post(THINGS, content=_in_pieces(body), headers=headers)

    for response in (at_once, in_pieces):
        assert_problem(response, 400)
        assert "levels deep" in response.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"\x80", b'"', b"nul", b"1", b"[", b'{"a":1,}', b"\0", b"{}{}"],
)
async def test_what_is_no_json_is_a_problem(
    client: httpx2.AsyncClient,
    body: bytes,
) -> None:
    response = await client.post(THINGS, content=body, headers=JSON)

    assert response.status_code in {400, 422}
    assert_problem(response, response.status_code)


async def test_json_more_values_than_the_limit_is_400(
    client: httpx2.AsyncClient,
) -> None:
    most = json.dumps(["x"] * MAX_JSON_VALUES)
    more = json.dumps(["x"] * (MAX_JSON_VALUES + 1))

    within = await client.post(THINGS, content=most, headers=JSON)
    beyond = await client.post(THINGS, content=more, headers=JSON)
    pieces = _in_pieces(more.encode())
    in_pieces = await client.post(THINGS, content=pieces, headers=JSON)

    assert_problem(within, 422)
    for response in (beyond, in_pieces):
        assert_problem(response, 400)
        assert "members and elements" in response.json()["detail"]


async def test_json_in_another_encoding_is_400(client: httpx2.AsyncClient) -> None:
    body = '{"name": "a"}'.encode("utf-16")

    assert_problem(await client.post(THINGS, content=body, headers=JSON), 400)


@pytest.mark.parametrize("digits", ["0" * 5000 + "2", "0" * 5000, "2"])
async def test_content_length_with_leading_zeros_is_read(
    client: httpx2.AsyncClient,
    digits: str,
) -> None:
    headers = JSON | {"Content-Length": digits}

    response = await client.post(THINGS, content=b"{}", headers=headers)

    assert_problem(response, 422)


@pytest.mark.parametrize("digits", ["9" * 5000, "9" * 18, "0" * 5000 + "9" * 5000])
async def test_content_length_beyond_the_limit_is_413(
    client: httpx2.AsyncClient,
    digits: str,
) -> None:
    headers = JSON | {"Content-Length": digits}

    assert_problem(await client.post(THINGS, content=b"{}", headers=headers), 413)


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    """The application, with routes that take any text."""

    @app.post("/texts/{text}")
    async def echo(request: Request, text: str, query: str = "") -> list[str]:
        await request.body()
        return [text, query]

    @app.post("/documents")
    async def echo_document(document: Annotated[Any, Body()]) -> Any:
        return document

    return app


@pytest.mark.parametrize(
    ("media_type", "address", "body", "place"),
    [
        ("text/plain", "a%00b", b"", ("path", "")),
        ("text/plain", "a?query=%00", b"", ("query", "")),
        ("text/plain", "a?query=b&unknown=c%00", b"", ("query", "")),
        ("application/x-www-form-urlencoded", "a", b"b=c%00", ("body", "")),
        ("application/x-www-form-urlencoded", "a", b"b=c\0", ("body", "")),
    ],
)
async def test_text_with_nul_character_is_422(
    client: httpx2.AsyncClient,
    media_type: str,
    address: str,
    body: bytes,
    place: tuple[str, str],
) -> None:
    response = await client.post(
        f"/texts/{address}",
        content=body,
        headers={"Content-Type": media_type},
    )

    assert_problem(response, 422)
    [error] = response.json()["errors"]
    assert (error["location"], error["pointer"]) == place
    assert "NUL" in error["detail"]


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("application/json", rb'"\\u0000"'),
        ("application/x-www-form-urlencoded", b"b=%2500"),
        ("text/plain", rb"%00\u0000"),
    ],
)
async def test_text_that_only_looks_like_nul_is_accepted(
    client: httpx2.AsyncClient,
    media_type: str,
    body: bytes,
) -> None:
    response = await client.post(
        "/texts/a?query=%2500",
        content=body,
        headers={"Content-Type": media_type},
    )

    assert response.json() == ["a", "%00"]


async def test_json_with_text_that_no_database_stores_is_422(
    client: httpx2.AsyncClient,
) -> None:
    for body, pointer in UNSTORABLE.items():
        response = await client.post("/documents", content=body, headers=JSON)

        assert_problem(response, 422)
        [error] = response.json()["errors"]
        assert (error["location"], error["pointer"]) == ("body", pointer), body
        assert re.search("NUL|surrogate", error["detail"])


@pytest.mark.parametrize(
    "body",
    [
        rb'"\ud83d\ude00"',
        b'"\xf0\x9f\x98\x80 \xed\x9e\xa3"',
        rb'"\\u0000 \\ud800"',
        rb'{"\u00e9": "\uD83D\uDE00"}',
    ],
)
async def test_json_with_any_other_text_is_taken(
    client: httpx2.AsyncClient,
    body: bytes,
) -> None:
    response = await client.post("/documents", content=body, headers=JSON)

    assert response.status_code == 200
    assert response.json() == json.loads(body)
