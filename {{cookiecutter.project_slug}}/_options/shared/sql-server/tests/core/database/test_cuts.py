"""The connection to the database is cut, wherever it hurts."""

import asyncio
import socket
import struct
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Self
from uuid import uuid4

import httpx2
import pytest

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from tests.api.clients import open_client, registration, service_settings
from tests.database import connect_to, on_port

USERS = "/api/v1/users"
LIMITS = {"deadline": 2.0, "connect_wait": 2.0}
"""A server that falls silent is waited for; a busy machine must not look like one."""
PATIENCE_SECONDS = 8
"""The longest that an answer may take: the limits, and what a busy machine needs."""

LINGER_NOT = struct.pack("ii", 1, 0)
"""Closing a socket sends a reset."""

CUTS = pytest.mark.parametrize("cut", ["reset", "end", "silence"])
DIRECTIONS = pytest.mark.parametrize("direction", ["question", "answer"])


class CuttingProxy:
    """Passes bytes on, and cuts one connection after so many of them."""

    def __init__(self, database: DatabaseSettings) -> None:
        self._database = database
        self._pairs: set[tuple[StreamWriter, StreamWriter]] = set()
        self._silent: set[tuple[StreamWriter, StreamWriter]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._cut = ""
        self._direction = ""
        self._left = 0
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.break_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    @property
    def is_armed(self) -> bool:
        """Whether the cut is still to come."""
        return bool(self._cut)

    def arm(self, cut: str, direction: str, after: int) -> None:
        """Cut the connection of the byte with this number, counted from now on."""
        self._cut, self._direction, self._left = cut, direction, after

    def disarm(self) -> None:
        """Pass everything on."""
        self._cut = ""

    def break_all(self) -> None:
        """Break all connections, so that new ones have to be made."""
        for pair in self._pairs:
            _close(pair, "reset")

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        with closing(writer):
            server_reader, server_writer = await connect_to(self._database)
            with closing(server_writer):
                pair = (writer, server_writer)
                self._pairs.add(pair)
                try:
                    await asyncio.gather(
                        self._pass_on("question", reader, server_writer, pair),
                        self._pass_on("answer", server_reader, writer, pair),
                    )
                finally:
                    self._pairs.discard(pair)

    async def _pass_on(
        self,
        direction: str,
        reader: StreamReader,
        writer: StreamWriter,
        pair: tuple[StreamWriter, StreamWriter],
    ) -> None:
        try:
            while data := await reader.read(65536):
                if pair in self._silent:
                    continue
                if self._cut and direction == self._direction:
                    if len(data) > self._left:
                        writer.write(data[: self._left])
                        self._cut_off(pair)
                        continue
                    self._left -= len(data)
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        if pair not in self._silent:
            writer.close()

    def _cut_off(self, pair: tuple[StreamWriter, StreamWriter]) -> None:
        if self._cut == "silence":
            self._silent.add(pair)
        else:
            _close(pair, self._cut)
        self._cut = ""


def _close(pair: tuple[StreamWriter, StreamWriter], how: str) -> None:
    for writer in pair:
        if how == "end":
            writer.close()
            continue
        end = writer.get_extra_info("socket")
        if end.fileno() >= 0:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        writer.transport.abort()


@pytest.fixture
async def proxy(database_settings: DatabaseSettings) -> AsyncIterator[CuttingProxy]:
    """The way from the service to the database."""
    async with CuttingProxy(database_settings) as proxy:
        yield proxy


@pytest.fixture
async def client(
    database_settings: DatabaseSettings,
    proxy: CuttingProxy,
    cache_settings: CacheSettings,
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the service, which reaches the database through the proxy."""
    database = on_port(database_settings.model_copy(update=LIMITS), proxy.port)
    app = create_app(service_settings(database=database, cache=cache_settings))
    async with open_client(app) as client:
        yield client


async def _send(client: httpx2.AsyncClient, email: str) -> list[httpx2.Response]:
    """Register a user, read a list, and check that each answer comes in time."""
    answers = []
    for method, body, headers in [
        ("POST", registration(email), {"Idempotency-Key": email}),
        ("GET", None, {}),
    ]:
        started = time.monotonic()
        answers.append(await client.request(method, USERS, json=body, headers=headers))
        assert time.monotonic() - started < PATIENCE_SECONDS
    return answers


def _assert_done_or_not_now(answer: httpx2.Response) -> None:
    if answer.status_code == 503:
        assert answer.headers["retry-after"] == "1"
    else:
        assert answer.status_code in {200, 201}, answer.text


async def _cut_after(
    after: int,
    cut: str,
    direction: str,
    client: httpx2.AsyncClient,
    proxy: CuttingProxy,
) -> bool:
    """Cut a connection at one byte; return whether the requests sent so many bytes."""
    email = f"{uuid4()}@example.com"
    proxy.break_all()
    await asyncio.sleep(0.01)  # closed connections are noticed between requests
    proxy.arm(cut, direction, after)

    for answer in await _send(client, email):
        _assert_done_or_not_now(answer)
    was_cut = not proxy.is_armed
    proxy.disarm()

    # A client that was told 503 repeats the request: it happens once, whether or not the
    # commit that was cut off did its work. A server that is not told that a connection is
    # gone holds the locks of its transaction for a while: then, another client writes.
    if cut == "silence":
        email = f"{uuid4()}@example.com"
    created, listed = await _send(client, email)
    assert (created.status_code, listed.status_code) == (201, 200)
    found = await client.get(USERS, params={"email": email})
    assert len(found.json()["items"]) == 1
    return was_cut


@CUTS
@DIRECTIONS
async def test_a_cut_connection_is_503_and_recovers_at_once(
    client: httpx2.AsyncClient,
    proxy: CuttingProxy,
    cut: str,
    direction: str,
) -> None:
    for after in (0, 3, 400) if cut == "silence" else (0, 3, 50, 400, 900):
        await _cut_after(after, cut, direction, client, proxy)


@pytest.mark.timeout(600)
@pytest.mark.slow
@CUTS
@DIRECTIONS
async def test_a_connection_cut_at_any_byte_is_503_and_recovers_at_once(
    client: httpx2.AsyncClient,
    proxy: CuttingProxy,
    cut: str,
    direction: str,
) -> None:
    step = 197 if cut == "silence" else 13
    after = 0
    while await _cut_after(after, cut, direction, client, proxy):
        after += step

    assert after > 1000, "neither the connection nor the requests were seen"
