"""Memory of a process that refuses bodies."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from app.core.database.settings import DatabaseSettings
from tests.core.http.harmful import BODIES
from tests.core.processes import free_port, read, start
from tests.environment import environment_of

KINDS = ("not JSON", "too deep", "wrong schema", "wrong encoding", "multipart")
WARM_UP = 15
REQUESTS = 2000
"""Of each kind."""
MOST_GROWTH = 40_000
"""Kilobytes; a body has a thousand of them."""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def process(
    migrated_database: DatabaseSettings,
    port: int,
) -> Iterator[subprocess.Popen[str]]:
    """The service, as it is started in production."""
    process = start(
        "app",
        HTTP__PORT=str(port),
        LOG__LEVEL="critical",
        **environment_of(migrated_database),
    )
    yield process
    process.terminate()
    process.communicate(timeout=45)


def _send(port: int, requests: int) -> None:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for number in range(requests * len(KINDS)):
            media_type, body = BODIES[KINDS[number % len(KINDS)]]
            headers = {"Content-Type": media_type}
            connection.request("POST", "/api/v1/users", body, headers)
            with connection.getresponse() as response:
                response.read()
                assert 400 <= response.status < 500


def _resident_kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        [line] = [it for it in status.read_text().splitlines() if "VmRSS" in it]
        return int(line.split()[1])
    shown = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)  # noqa: S603, S607 - our own process
    return int(shown)


@pytest.mark.timeout(1800)
@pytest.mark.slow
def test_memory_refused_bodies_leave_it_flat(
    process: subprocess.Popen[str],
    port: int,
) -> None:
    read(f"http://127.0.0.1:{port}/livez", patience=120)
    _send(port, WARM_UP)
    before = _resident_kilobytes(process.pid)

    _send(port, REQUESTS)

    assert _resident_kilobytes(process.pid) - before < MOST_GROWTH
