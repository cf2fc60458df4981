"""What is started from a shell."""

import json
import signal
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from app.core.database.settings import DatabaseSettings
from tests.core.processes import free_port, read, start
from tests.environment import environment_of


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def service(
    migrated_database: DatabaseSettings,
    port: int,
) -> Iterator[subprocess.Popen[str]]:
    """`python -m app` on the tests' database."""
    environment = environment_of(migrated_database)
    environment |= {"HTTP__PORT": str(port), "LOG__FORMAT": "json"}
    process = start("app", **environment)
    yield process
    process.kill()
    process.communicate()


def test_the_service_is_served_and_stops_when_told(
    service: subprocess.Popen[str],
    port: int,
) -> None:
    readiness = json.loads(read(f"http://127.0.0.1:{port}/readyz"))
    assert readiness["checks"]["database"]["status"] == "up"

    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    bodies = []
    for method in ("HEAD", "GET"):  # on one connection: nothing is left in between
        connection.request(method, "/livez")
        bodies.append(connection.getresponse().read())
    connection.close()
    assert bodies == [b"", b'{"status":"ok"}']

    service.send_signal(signal.SIGTERM)
    output, errors = service.communicate(timeout=45)

    assert service.returncode in {0, -signal.SIGTERM}, errors
    assert '"event":"request_handled"' in output
    assert "Traceback" not in output + errors


def test_a_setting_that_cannot_be_used_is_one_line() -> None:
    processes = [
        start("app", HTTP__PORT="eighty"),
        start("migrations", "upgrade", HTTP__PORT="eighty"),
    ]

    for process in processes:
        _, errors = process.communicate(timeout=45)
        assert process.returncode == 1
        assert len(errors.splitlines()) == 1
        assert errors.startswith("HTTP__PORT: ")


def test_a_setting_that_is_not_json_is_one_line() -> None:
    process = start("app", HTTP="nonsense")

    _, errors = process.communicate(timeout=45)
    assert process.returncode == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("settings: ")
    assert "nonsense" not in errors


def test_migrations_run_from_the_shell(
    migrated_database: DatabaseSettings,
) -> None:
    environment = environment_of(migrated_database)

    commands = ["upgrade", "check"]
    processes = [start("migrations", of, **environment) for of in commands]

    for process in processes:
        _, errors = process.communicate(timeout=45)
        assert process.returncode == 0, errors
