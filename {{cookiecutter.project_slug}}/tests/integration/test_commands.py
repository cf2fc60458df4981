"""What is started from a shell."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from app.core.database import DatabaseSettings
from tests.environment import environment_of

PROJECT = Path(__file__).parents[2]


def _start(module: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        number: int = listener.getsockname()[1]
        return number


@pytest.fixture
def service(
    migrated_database: DatabaseSettings,
    port: int,
) -> Iterator[subprocess.Popen[str]]:
    """`python -m app` on the tests' database."""
    environment = environment_of(migrated_database)
    environment |= {"HTTP__PORT": str(port), "LOG__FORMAT": "json"}
    process = _start("app", **environment)
    yield process
    process.kill()
    process.communicate()


def _status(url: str) -> int:
    """Return the status with which a service answers, once it does."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urlopen(url, timeout=5) as response:  # noqa: S310 - http, on loopback
                status: int = response.status
                return status
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_the_service_is_served_and_stops_when_told(
    service: subprocess.Popen[str],
    port: int,
) -> None:
    assert _status(f"http://127.0.0.1:{port}/readyz") == 200

    service.send_signal(signal.SIGTERM)
    output, errors = service.communicate(timeout=20)

    assert service.returncode in {0, -signal.SIGTERM}, errors
    assert '"event": "request_handled"' in output
    assert "Traceback" not in output + errors


def test_a_setting_that_cannot_be_used_is_one_line() -> None:
    processes = [
        _start("app", HTTP__PORT="eighty"),
        _start("migrations", "upgrade", HTTP__PORT="eighty"),
    ]

    for process in processes:
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 1
        assert len(errors.splitlines()) == 1
        assert errors.startswith("HTTP__PORT: ")


def test_migrations_run_from_the_shell(
    migrated_database: DatabaseSettings,
) -> None:
    environment = environment_of(migrated_database)

    commands = ["upgrade", "check"]
    processes = [_start("migrations", of, **environment) for of in commands]

    for process in processes:
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
