"""`python -m app.worker`, as a process, and how it goes on after interruptions."""

import asyncio
import signal
from unittest.mock import Mock

import pytest
from structlog.testing import capture_logs
from taskiq.receiver import Receiver

from app.core.backoff import LONGEST_INTERRUPTION
from app.core.clock import SystemClock
from app.core.database.settings import DatabaseSettings
from app.core.events.jobs import JobSettings
from app.core.events.worker import Worker
from app.repositories.interfaces.storage import Storage
from tests.core.processes import start
from tests.environment import environment_of


def test_a_worker_stops_when_told(
    migrated_database: DatabaseSettings,
    job_settings: JobSettings,
) -> None:
    environment = environment_of(migrated_database)
    environment |= environment_of(job_settings, "JOBS__")
    process = start("app.worker", LOG__FORMAT="json", **environment)
    assert process.stdout is not None
    assert '"event":"worker_started"' in process.stdout.readline()

    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=45)

    assert process.returncode == 0, errors
    assert "Traceback" not in output + errors


def test_a_setting_that_cannot_be_used_is_one_line() -> None:
    process = start("app.worker", JOBS__REDIS_URL="nonsense")

    _, errors = process.communicate(timeout=45)

    assert process.returncode == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("JOBS__REDIS_URL: ")


@pytest.mark.parametrize(
    ("longest", "counted"),
    [(LONGEST_INTERRUPTION, [1, 2, 3]), (0, [1, 1, 1])],
)
async def test_interruptions_are_counted_anew_after_a_worker_worked_for_long(
    storage: Storage,
    job_settings: JobSettings,
    monkeypatch: pytest.MonkeyPatch,
    longest: float,
    counted: list[int],
) -> None:
    stopping = asyncio.Event()
    receiver = Mock(spec=Receiver)
    receiver.listen.side_effect = OSError
    noted: list[int] = []

    def pause(interruptions: int, *_: float) -> float:
        noted.append(interruptions)
        if len(noted) == len(counted):
            stopping.set()
        return 0

    monkeypatch.setattr("app.core.events.worker.LONGEST_INTERRUPTION", longest)
    monkeypatch.setattr("app.core.events.worker.pause", pause)
    monkeypatch.setattr(Worker, "_receiver", lambda _: receiver)

    with capture_logs():
        worker = Worker(storage, {}, SystemClock(), job_settings)
        await worker.run(stopping)

    assert noted == counted
