"""Refusing a request is cheap: the answer is small, and nothing of the request remains."""

import gc
import json
import time
from collections.abc import Iterator, MutableMapping
from functools import partial
from typing import Any
from weakref import ref

import httpx2
import pytest
from anyio.from_thread import start_blocking_portal
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.settings import HttpSettings, Settings
from tests.api.clients import open_client
from tests.api.operations import OPERATIONS, address_in
from tests.core.http.harmful import BODIES, MARK

USERS = "/api/v1/users"
JSON = {"Content-Type": "application/json"}
MAX_ANSWER = 10_000
LONG = MARK * 16_000

PATHS = [
    f"/{LONG}",
    f"{USERS}/{LONG}",
    f"{USERS}/{LONG[:1000]}",
    f"{USERS}/{MARK}%00",
    f"{USERS}/{MARK}%FF%F0%9F%92%A9",
]
QUERIES = [
    {name: value}
    for name in ("limit", "cursor", "sort", "active", "email", MARK)
    for value in (LONG, MARK, f"{MARK}\0", f"{MARK}😀" * 50, "1" * 5000)
]
DIGITS = "0" * 4999 + "2"
HEADERS: list[dict[str, Any]] = [
    *({"Content-Length": digits} for digits in (DIGITS, "9" * 5000, "1" * 20, MARK)),
    *({"If-Match": tag} for tag in (LONG[:9000], f'"{"1" * 5000}"', MARK)),
    *({"If-None-Match": tag} for tag in (f'"{"1" * 5000}"', MARK)),
    *({"Idempotency-Key": key} for key in (LONG[:9000], f"{MARK}é".encode())),
    *({"Authorization": value} for value in (MARK, f"Bearer {LONG[:9000]}")),
    {"X-Request-ID": LONG[:9000]},
    {"Traceparent": f"00-{'f' * 5000}-{MARK}"},
    {"Range": f"bytes={'9' * 5000}-"},
    *({"Host": host} for host in ("[", f"{MARK}:{DIGITS}", f"{MARK}/?#@", b"\xff")),
    *({"Content-Type": of} for of in (LONG[:9000], "a/b; c*0*=%ff''", ";=/json")),
    *({"Cookie": of} for of in (LONG[:9000], f"{MARK}={DIGITS}; =;=", b"\xff=\xff")),
    {"X-Long": LONG},
]
CASES: list[dict[str, Any]] = [
    *({"params": query} for query in QUERIES),
    *({"headers": headers} for headers in HEADERS),
    *(
        {"content": body, "headers": {"Content-Type": media_type, "If-Match": "*"}}
        for media_type, body in BODIES.values()
    ),
]


def assert_small(response: httpx2.Response) -> None:
    """A refusal is short and repeats nothing; a request that is harmless may be granted."""
    assert response.status_code < 500, response.text[:1000]
    if response.is_client_error:
        assert len(response.content) < MAX_ANSWER, response.text[:1000]
        assert MARK not in f"{response.text} {response.headers}", response.text[:1000]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
async def test_refusal_hostile_path_is_small(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
) -> None:
    response = await client.request(method, path)

    assert response.is_client_error
    assert_small(response)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("method", "path"),
    sorted({(of.method, of.path) for of in OPERATIONS}),
)
async def test_refusal_hostile_request_is_small(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
) -> None:
    for case in CASES:
        response = await client.request(method, address_in(path), **case)

        assert_small(response)


_TEXT = st.text(st.characters(exclude_categories=()))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner),
    max_leaves=100,
)


@pytest.mark.parametrize("examples", [50, pytest.param(2000, marks=pytest.mark.slow)])
@pytest.mark.timeout(600)
def test_refusal_any_json_is_small(app: FastAPI, examples: int) -> None:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_client(app)) as client,
    ):

        @settings(max_examples=examples)
        @given(body=_JSON)
        def send(body: object) -> None:
            post = partial(client.post, content=json.dumps(body), headers=JSON)

            assert_small(portal.call(post, USERS))

        send()


@pytest.mark.parametrize(
    ("members", "status"),
    [(HttpSettings().max_json_values, 422), (100_000, 400)],
)
async def test_refusal_many_unknown_members_is_quick(
    client: httpx2.AsyncClient,
    settings: Settings,
    members: int,
    status: int,
) -> None:
    names = (f'"{number:x}":0' for number in range(members))
    content = "{" + ",".join(names) + "}"
    if len(content) > settings.http.max_body_bytes:
        status = 413  # before its members are counted

    started = time.thread_time()
    response = await client.post(USERS, content=content, headers=JSON)
    seconds = time.thread_time() - started

    assert response.status_code == status
    assert seconds < 2


@pytest.fixture
def resting_collector() -> Iterator[None]:
    """Only reference counts free objects."""
    gc.disable()
    yield
    gc.enable()


class _Receive:
    """Hands a body to an application, in one message."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __call__(self) -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": self._body, "more_body": False}


@pytest.mark.usefixtures("resting_collector")
@pytest.mark.parametrize("path", [USERS, "/api/v1/auth/token", "/nothing"])
@pytest.mark.parametrize("kind", BODIES)
async def test_refused_body_is_freed_without_the_collector(
    app: FastAPI,
    kind: str,
    path: str,
) -> None:
    media_type, body = BODIES[kind]
    receive = _Receive(body)
    statuses: list[int] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-type", media_type.encode())],
    }
    async with LifespanManager(app) as manager:
        await manager.app(scope, receive, send)
        request = ref(receive)
        del receive, scope

        assert request() is None
    [status] = statuses
    assert 400 <= status < 500
