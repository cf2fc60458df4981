"""Connections, as the server's protocol bounds them; the application is one of the test's."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from uvicorn import Config
from uvicorn.server import ServerState

from app.core.cors import CorsSettings
from app.core.http.problems import Overloaded, problem_type_of
from app.core.http.protocol import (
    OTHER_FILES,
    STARTS_AT_ONCE,
    BoundedProtocol,
    Gate,
    most_connections,
)
from app.core.http.refusals import Refusal
from app.core.settings import HttpSettings
from tests.core.jobs import eventually

PATIENCE = 20
GET = b"GET /things HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
CHUNKED = b"POST /things HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass
class Client:
    """A connection, byte by byte."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of the next answer."""
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            status, *lines = head.decode().splitlines()
            headers = dict(line.split(": ", 1) for line in lines if line)
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(status.split()[1]), headers, body

    async def status(self) -> int:
        return (await self.answer())[0]

    async def is_closed(self) -> bool:
        """Return whether the server closes the connection, without another byte."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                return await self.reader.read(1) == b""
        return True


@dataclass
class Server:
    """The protocol in front of an application that notes what it is asked."""

    gate: Gate
    port: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    clients: list[Client] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = {
            "path": scope["path"],
            "headers": dict(scope["headers"]),
            "body": b"",
        }
        self.asked.append(request)
        if scope["path"] == "/slow":
            await self.go_on.wait()
        more = scope["path"] != "/unread"
        while more:
            message = await receive()
            request["body"] += message.get("body", b"")
            more = message.get("more_body", False)
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client

    async def ask(self, data: bytes) -> Client:
        """Send bytes on a new connection."""
        client = await self.connect()
        client.send(data)
        return client


@pytest.fixture(autouse=True)
def short_linger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of tests read at once."""
    monkeypatch.setattr("app.core.http.protocol.LINGER", 0.1)


@asynccontextmanager
async def serving(
    *,
    max_connections: int = 100,
    websockets: type[asyncio.Protocol] | None = None,
    **settings: Any,
) -> AsyncIterator[Server]:
    """Serve with settings of `HttpSettings`."""
    server = Server(Gate(HttpSettings(**settings), max_connections))
    config = Config(
        server,
        ws=websockets or "none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
    config.load()
    state = ServerState()

    def protocol() -> BoundedProtocol:
        return BoundedProtocol(config, state, {}, gate=server.gate)

    listening = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        server.go_on.set()
        for client in server.clients:
            client.writer.transport.abort()
        await eventually(lambda: not server.gate.connections and not state.tasks)
        listening.close()
        await listening.wait_closed()
        assert server.gate.incomplete_bytes == 0


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("http_refusals_total", {"reason": reason}) or 0


async def assert_refused(client: Client, status: int) -> dict[str, Any]:
    """Check that the server answers with a problem, and closes the connection."""
    found, headers, body = await client.answer()
    problem: dict[str, Any] = json.loads(body)
    assert (found, problem["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"] == problem["correlation_id"]
    assert headers["connection"] == "close"
    assert await client.is_closed()
    return problem


@pytest.mark.parametrize(
    ("begin", "more", "status"),
    [
        (b"GET / HTTP/1.1\r\nX-Long: ", b"x" * 1000, 431),
        (b"GET / HTTP/1.1\r\n", b"a: b\r\n" * 100, 431),
        (CHUNKED + b"2\r\n{}\r\n0\r\nX-Long: ", b"x" * 1000, 431),
        (CHUNKED + b"2\r\n{}\r\n0\r\n", b"a: b\r\n" * 100, 431),
        (CHUNKED + b"2;extension=", b"x" * 1000, 431),
        (b"GET /", b"x" * 1000, 414),
    ],
    ids=["header", "headers", "trailer", "trailers", "extension", "address"],
)
async def test_protocol_section_without_end_is_cut_off(
    begin: bytes,
    more: bytes,
    status: int,
) -> None:
    async with serving(max_header_bytes=2000, max_url_bytes=1000) as server:
        client = await server.ask(begin)
        for _ in range(1000):
            client.send(more)
        await assert_refused(client, status)

    assert server.asked == []


@pytest.mark.parametrize(
    "part",
    [
        b"GET / HTTP/1.1\r\nHo",
        b"\r\n",
        POST % 10 + b"{",
        CHUNKED + b"2\r\n{}\r\n",
        CHUNKED + b"2\r\n{}\r\n0\r\nX-A: b",
    ],
    ids=["headers", "before headers", "body", "chunks", "trailers"],
)
async def test_protocol_request_that_does_not_go_on_returns_408(part: bytes) -> None:
    before = refused("too_slow")
    async with serving(header_timeout=0.2, body_timeout=0.2) as server:
        kept = await server.ask(GET)
        assert await kept.status() == 200
        kept.send(part)
        for client in (kept, await server.ask(part)):
            await assert_refused(client, 408)

    assert len(server.asked) == 1
    assert refused("too_slow") == before + 2


async def test_protocol_connection_that_sends_nothing_is_closed() -> None:
    async with serving(header_timeout=0.2) as server:
        client = await server.connect()

        assert await client.is_closed()


async def test_protocol_body_at_the_least_rate_has_the_time_that_it_takes() -> None:
    async with serving(body_timeout=0.5, min_body_rate=100) as server:
        client = await server.ask(POST % 400)
        for _ in range(8):
            client.send(b"x" * 50)
            await asyncio.sleep(0.15)

        assert await client.status() == 200


@pytest.mark.parametrize("size", [0, 1, 70_000, 1_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_protocol_whole_body_is_handed_over_at_once(
    size: int,
    chunked: bool,
) -> None:
    body = b"x" * size
    chunk = b"%x\r\n%b\r\n" % (size, body) if size else b""
    in_chunks = CHUNKED + chunk + b"0\r\nX-Trailer: 1\r\n\r\n"
    request = in_chunks if chunked else POST % size + body

    async with serving() as server:
        client = await server.ask(request + request)

        assert [await client.status() for _ in range(2)] == [200, 200]

    assert [asked["body"] for asked in server.asked] == [body, body]
    assert b"x-trailer" not in server.asked[0]["headers"]


async def test_protocol_incomplete_bodies_take_no_room() -> None:
    async with serving(max_concurrent=1) as server:
        for _ in range(20):
            await server.ask(POST % 10 + b"{")
        client = await server.ask(GET)

        assert await client.status() == 200

    assert len(server.asked) == 1


async def test_protocol_too_many_incomplete_bytes_refuses_the_largest() -> None:
    async with serving(max_incomplete_bytes=10_000) as server:
        small = await server.ask(POST % 20 + b"x" * 10)
        large = [await server.ask(POST % 9000 + b"x" * 6000) for _ in range(2)]
        waiting = [asyncio.create_task(assert_refused(of, 503)) for of in large]
        [refused_], [spared] = await asyncio.wait(
            waiting,
            timeout=PATIENCE,
            return_when=asyncio.FIRST_COMPLETED,
        )
        spared.cancel()
        small.send(b"x" * 10)

        assert refused_.result()["type"] == "urn:problem-type:overloaded"
        assert await small.status() == 200


async def test_protocol_body_larger_than_allowed_is_left_to_the_application() -> None:
    declared = b"POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
    counted = CHUNKED.replace(b"/things", b"/unread") + b"100\r\n" + b"x" * 256
    async with serving(max_body_bytes=100, body_timeout=0.2) as server:
        for request in (declared % 101 + b"x", declared % 10**18 + b"x", counted):
            client = await server.ask(request)

            assert await client.status() == 200
            assert await client.is_closed()  # the rest never comes


async def test_protocol_client_that_waits_is_told_to_go_on() -> None:
    head = (POST % 2).removesuffix(b"\r\n") + b"Expect: 100-continue\r\n\r\n"
    async with serving() as server:
        client = await server.ask(head)
        assert await client.status() == 100
        assert server.asked == []
        client.send(b"{}")

        assert await client.status() == 200


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n: \r\n\r\n"])
async def test_protocol_other_protocol_returns_400(data: bytes) -> None:
    async with serving() as server:
        await assert_refused(await server.ask(data), 400)


async def test_protocol_overload_is_refused_as_the_application_would() -> None:
    before = refused("overloaded")
    problem_type = problem_type_of(Overloaded)
    request = b"GET /things HTTP/1.1\r\nHost: a\r\nX-Request-ID: mine\r\n\r\n"

    async with serving(max_concurrent=1) as server:
        slow = await server.ask(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await eventually(lambda: len(server.asked) == 1)
        client = await server.ask(request)
        status, headers, body = await client.answer()
        for probe in (b"livez", b"readyz"):
            prober = await server.ask(b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % probe)
            assert await prober.status() == 200
        server.go_on.set()
        assert await slow.status() == 200
        client.send(GET)
        assert await client.status() == 200

    assert (status, headers["retry-after"]) == (503, "1")
    assert "connection" not in headers
    assert headers["x-request-id"] == "mine"
    assert json.loads(body) == {
        "type": problem_type.type,
        "title": problem_type.title,
        "status": problem_type.status,
        "detail": str(Overloaded()),
        "instance": "urn:request:mine",
        "correlation_id": "mine",
    }
    assert refused("overloaded") == before + 1


@pytest.mark.parametrize(
    ("request_", "closes"),
    [
        (b"GET /things HTTP/1.0\r\n\r\n", True),
        (b"HEAD /things HTTP/1.1\r\nHost: a\r\n\r\n", False),
        (POST % 10**9 + b"x", True),
    ],
    ids=["HTTP/1.0", "HEAD", "too large"],
)
async def test_protocol_overload_ends_each_kind_of_request(
    request_: bytes,
    closes: bool,
) -> None:
    async with serving(max_concurrent=1) as server:
        await server.ask(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await eventually(lambda: len(server.asked) == 1)
        client = await server.ask(request_)
        async with asyncio.timeout(PATIENCE):
            answer = await client.reader.readuntil(b"\r\n\r\n")
            if closes:
                answer += await client.reader.read()
            else:
                client.send(GET)
                answer += await client.reader.readexactly(len(answer))

        assert answer.count(b"HTTP/1.1 503 ") == (1 if closes else 2)


async def test_protocol_overload_ends_a_pipeline() -> None:
    async with serving(max_concurrent=1) as server:
        client = await server.ask(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" + GET * 2)
        await eventually(lambda: len(server.asked) == 1)
        server.go_on.set()

        assert await client.status() == 200
        await assert_refused(client, 503)


async def test_protocol_client_that_repeats_at_once_is_slowed_down() -> None:
    async with serving(max_concurrent=1) as server:
        await server.ask(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await eventually(lambda: len(server.asked) == 1)
        client = await server.connect()
        began = asyncio.get_running_loop().time()
        for _ in range(4):
            client.send(GET)
            assert await client.status() == 503

        assert asyncio.get_running_loop().time() - began > 0.9


@pytest.mark.parametrize(
    ("origins", "credentials", "allowed"),
    [
        ((), False, None),
        (("https://other.example",), True, None),
        (("https://app.example",), True, "https://app.example"),
        (("*",), False, "*"),
    ],
)
async def test_protocol_refusals_can_be_read_by_pages_of_allowed_origins(
    origins: tuple[str, ...],
    credentials: bool,
    allowed: str | None,
) -> None:
    cors = CorsSettings(origins=origins, credentials=credentials)
    get = GET.replace(b"\r\n\r\n", b"\r\nOrigin: https://app.example\r\n\r\n")
    post = get.replace(b"GET", b"POST").replace(b"Host", b"Content-Length: 2\r\nHost")
    async with serving(cors=cors, max_concurrent=1, body_timeout=0.2) as server:
        await server.ask(GET.replace(b"/things", b"/slow"))
        late = await server.ask(post)
        answers = [await late.answer(), await (await server.ask(get)).answer()]

    assert [status for status, _, _ in answers] == [408, 503]
    for _, headers, _ in answers:
        assert headers.get("access-control-allow-origin") == allowed
        exposed = headers.get("access-control-expose-headers", "").split(", ")
        assert ("Retry-After" in exposed) is bool(allowed)
        with_credentials = headers.get("access-control-allow-credentials")
        assert with_credentials == ("true" if allowed and credentials else None)


async def test_protocol_many_refusals_are_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.core.http.refusals.LOG_INTERVAL", 0.1)
    refusal = Refusal(HTTPStatus.BAD_REQUEST, "not_http", "It is not.")
    loop = asyncio.get_running_loop()

    with capture_logs() as logs:
        for count in (5, 1):
            for _ in range(count):
                refusal.note(loop)
            written = len(logs)
            await eventually(lambda: len(logs) > written)  # noqa: B023 - it is awaited

    assert [(of["event"], of["reason"], of["count"]) for of in logs] == [
        ("requests_refused", "not_http", 5),
        ("requests_refused", "not_http", 1),
    ]


async def test_protocol_requests_that_come_together_are_started_in_turns() -> None:
    count = STARTS_AT_ONCE * 3
    async with serving() as server:
        clients = [await server.connect() for _ in range(count)]
        for client in clients:
            client.send(GET)

        assert [await client.status() for client in clients] == [200] * count


async def test_protocol_one_connection_too_many_closes_the_idlest_one() -> None:
    async with serving(max_connections=3) as server:
        slow = await server.ask(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await eventually(lambda: len(server.asked) == 1)
        idle = await server.connect()
        used = await server.ask(GET)
        assert await used.status() == 200
        new = await server.ask(GET)

        assert await new.status() == 200
        assert await idle.is_closed()
        used.send(GET)
        assert await used.status() == 200
        server.go_on.set()
        assert await slow.status() == 200


@pytest.mark.parametrize("rest", [b"GET / HTTP/1.1\r\nX: ", b"nonsense\r\n\r\n"])
async def test_protocol_pipelined_request_without_end_closes_the_connection(
    rest: bytes,
) -> None:
    async with serving(max_header_bytes=2000, max_url_bytes=1000) as server:
        client = await server.ask(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        await eventually(lambda: len(server.asked) == 1)
        client.send(rest)
        for _ in range(100):
            client.send(b"x" * 1000)

        assert await client.is_closed()


class Upgraded(asyncio.Protocol):
    """Another protocol, that takes over a connection."""

    def __init__(self, **_settings: Any) -> None:
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")


@pytest.mark.parametrize(
    ("upgrade", "websockets", "status"),
    [
        ("h2c", None, 200),
        ("websocket", None, 200),
        ("h2c", Upgraded, 200),
        ("websocket", Upgraded, 101),
    ],
)
async def test_protocol_upgrade_is_made_if_it_is_offered(
    upgrade: str,
    websockets: type[asyncio.Protocol] | None,
    status: int,
) -> None:
    lines = f"Connection: Upgrade\r\nUpgrade: {upgrade}\r\n\r\n".encode()
    async with serving(websockets=websockets) as server:
        client = await server.ask(GET.removesuffix(b"\r\n") + lines)

        assert await client.status() == status


@pytest.mark.parametrize(
    ("limits", "wanted", "most", "files"),
    [
        ((1024, 4096), 2048, 2048, [2048 + OTHER_FILES]),
        ((1024, 1024), 2048, 1024 - OTHER_FILES, []),
        ((1024, -1), 2048, 2048, [2048 + OTHER_FILES]),
        ((65_536, 65_536), 2048, 2048, []),
        ((-1, -1), 2048, 2048, []),
    ],
)
def test_most_connections_open_files_are_allowed_as_far_as_they_can_be(
    monkeypatch: pytest.MonkeyPatch,
    limits: tuple[int, int],
    wanted: int,
    most: int,
    files: list[int],
) -> None:
    set_limits: list[tuple[int, int]] = []
    monkeypatch.setattr("resource.getrlimit", lambda _: limits)
    monkeypatch.setattr("resource.setrlimit", lambda _, of: set_limits.append(of))

    assert most_connections(wanted) == most
    assert [of for of, _ in set_limits if of != limits[0]] == files
