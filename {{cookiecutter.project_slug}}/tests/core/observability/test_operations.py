"""The port for those who run the service."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from app.core.database.settings import DatabaseSettings
from app.core.observability.metrics_endpoint import CannotListen, open_operations
from app.core.settings import OpsSettings
from app.services.metrics import USERS_REGISTERED
from tests.core.processes import free_port, read, start
from tests.environment import environment_of


def _samples(port: int, name: str) -> list[Sample]:
    text = read(f"http://127.0.0.1:{port}/metrics")
    families = text_string_to_metric_families(text)
    return [it for family in families for it in family.samples if it.name == name]


def _requests(port: int) -> float:
    samples = _samples(port, "http_request_seconds_count")
    return sum(it.value for it in samples if it.labels["route"] == "/livez")


def _wait_for_requests(port: int, number: int) -> None:
    """Wait until requests are counted, which a worker does after it has answered."""
    deadline = time.monotonic() + 20
    while _requests(port) < number:
        assert time.monotonic() < deadline, f"fewer than {number} requests were counted"
        time.sleep(0.05)


def _workers(port: int) -> set[int]:
    return {int(it.labels["pid"]) for it in _samples(port, "process_cpu_seconds_total")}


@pytest.fixture
def ports() -> tuple[int, int]:
    """Ports for clients and for operations."""
    return free_port(), free_port()


@pytest.fixture
def two_workers(
    migrated_database: DatabaseSettings,
    ports: tuple[int, int],
) -> Iterator[subprocess.Popen[str]]:
    public, operations = ports
    process = start(
        "app",
        HTTP__PORT=str(public),
        HTTP__WORKERS="2",
        OPS__PORT=str(operations),
        **environment_of(migrated_database),
    )
    yield process
    process.terminate()
    process.communicate(timeout=45)


def test_one_process_shows_its_own_metrics() -> None:
    settings = OpsSettings(port=free_port())

    with open_operations(settings, shared=False):
        before = _samples(settings.port, "users_registered_total")[0].value
        USERS_REGISTERED.inc()
        after = _samples(settings.port, "users_registered_total")[0].value

    assert after == before + 1
    with socket.socket() as client:
        assert client.connect_ex((settings.host, settings.port)) != 0


def test_no_port_serves_nothing() -> None:
    with open_operations(OpsSettings(port=0), shared=True):
        assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_that_is_taken_is_named(shared: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = OpsSettings(port=other.getsockname()[1])

        with (
            pytest.raises(CannotListen, match=f"OPS__PORT.*:{settings.port}: "),
            open_operations(settings, shared=shared),
        ):
            pass


def test_the_service_does_not_start_without_its_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        process = start("app", OPS__PORT=str(taken), HTTP__PORT=str(free_port()))
        _, errors = process.communicate(timeout=45)

    assert process.returncode == 1
    [line] = errors.splitlines()
    assert line.startswith("OPS__HOST, OPS__PORT: can't listen on 127.0.0.1:")


@pytest.mark.usefixtures("two_workers")
def test_workers_are_added_up_and_what_a_dead_one_counted_is_kept(
    ports: tuple[int, int],
) -> None:
    public, operations = ports
    for _ in range(10):
        read(f"http://127.0.0.1:{public}/livez")

    _wait_for_requests(operations, 10)
    workers = _workers(operations)
    os.kill(min(workers), signal.SIGKILL)

    assert len(workers) == 2
    assert _requests(operations) == 10
