"""Clients of `python -m app` that send without end, slowly, or nothing at all."""

import os
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from itertools import repeat
from pathlib import Path
from time import monotonic, sleep

import pytest

from app.core.database.settings import DatabaseSettings
from tests.core.processes import free_port, read, start
from tests.environment import environment_of

pytestmark = pytest.mark.timeout(200)  # a busy machine starts processes slowly

TIMEOUT = 2
MEBIBYTE = 2**20
PIECE = b"x" * MEBIBYTE
LINES = b"a: b\r\n" * 10_000
HEADERS = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /api/v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
BODY = POST + b"Content-Length: 100000\r\n\r\n{"


class Service:
    """A process that serves, and its clients."""

    def __init__(
        self,
        database: DatabaseSettings,
        *arguments: str,
        **more: str,
    ) -> None:
        self.port = free_port()
        environment = environment_of(database) | {
            "HTTP__PORT": str(self.port),
            "HTTP__HEADER_TIMEOUT": str(TIMEOUT),
            "HTTP__BODY_TIMEOUT": str(TIMEOUT),
            "HTTP__KEEP_ALIVE": str(TIMEOUT),
            "LOG__LEVEL": "critical",
        }
        self.process = start("app", *arguments, **environment | more)
        read(self.address("/livez"), patience=100)

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def memory(self) -> int:
        """Return the most that the process has taken so far, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        [line] = [of for of in status.splitlines() if of.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=40)


@pytest.fixture
def service(migrated_database: DatabaseSettings) -> Iterator[Service]:
    service = Service(migrated_database)
    yield service
    service.stop()


def _answer(client: socket.socket) -> bytes:
    """Return all that comes until the connection is closed."""
    answer = b""
    with suppress(ConnectionError):
        while piece := client.recv(65_536):
            answer += piece
    return answer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("begin", "piece", "times"),
    [
        (HEADERS + b"X-Long: ", PIECE, 180),
        (HEADERS, LINES, 100),
        (CHUNKS, LINES, 100),
        (CHUNKS + b"X-Long: ", PIECE, 180),
    ],
    ids=["header", "headers", "trailers", "trailer"],
)
def test_connection_section_without_end_returns_431_for_little_memory(
    service: Service,
    begin: bytes,
    piece: bytes,
    times: int,
) -> None:
    before = service.memory() if Path("/proc/self/status").exists() else 0

    with closing(service.connect()) as client:
        client.sendall(begin)
        with suppress(ConnectionError):
            for data in repeat(piece, times):
                client.sendall(data)
        assert _answer(client).startswith(b"HTTP/1.1 431 ")

    if before:
        assert service.memory() - before < 20 * MEBIBYTE
    assert read(service.address("/livez"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "sent", "answer"),
    [(900, HEADERS, b"HTTP/1.1 408 "), (900, b"", b""), (256, BODY, b"HTTP/1.1 408 ")],
    ids=["headers", "nothing", "bodies"],
)
def test_connection_slow_clients_are_closed_while_others_are_served(
    service: Service,
    count: int,
    sent: bytes,
    answer: bytes,
) -> None:
    limit, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit < 2000:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2000, highest), highest))
    statuses = set()
    clients = [service.connect() for _ in range(count)]
    try:
        for client in clients:
            client.sendall(sent)
        give_up_at = monotonic() + TIMEOUT
        while monotonic() < give_up_at:
            for client in clients[: 50 if sent else 0]:
                with suppress(ConnectionError):
                    client.sendall(b"x")
            other = HTTPConnection("127.0.0.1", service.port, timeout=20)
            other.request("GET", "/openapi.json")
            statuses.add(other.getresponse().status)
            other.close()
        answers = {_answer(client)[: len(answer)] for client in clients}
    finally:
        for client in clients:
            client.close()

    assert statuses == {200}
    assert answers == {answer}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "workers"),
    [((), "2"), (("--reload",), "1")],
    ids=["workers", "reload"],
)
def test_workers_whose_parent_is_killed_stop_and_leave_the_port(
    migrated_database: DatabaseSettings,
    arguments: tuple[str, ...],
    workers: str,
) -> None:
    service = Service(migrated_database, *arguments, HTTP__WORKERS=workers)
    with closing(service.connect()) as client:
        client.sendall(HEADERS + b"X-Long: " + PIECE)
        answer = _answer(client)
        assert answer.startswith(b"HTTP/1.1 431 ")  # theirs is the same protocol

    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait(timeout=45)

    give_up_at = monotonic() + 30
    while not _is_free(service.port):
        assert monotonic() < give_up_at
        sleep(0.1)
    service.process.communicate(timeout=45)  # nobody has its pipes any more


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def test_port_that_is_taken_stops_the_service_at_once(
    migrated_database: DatabaseSettings,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        environment = environment_of(migrated_database) | {"HTTP__PORT": str(port)}
        process: subprocess.Popen[str] = start("app", **environment)
        output, errors = process.communicate(timeout=40)

    assert process.returncode == 3, errors
    assert "Address already in use" in output
