"""`python -m app.worker`, as a process."""

import signal

from app.core.database import DatabaseSettings
from app.core.jobs import JobSettings
from tests.environment import environment_of
from tests.processes import start


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
    output, errors = process.communicate(timeout=20)

    assert process.returncode == 0, errors
    assert "Traceback" not in output + errors


def test_a_setting_that_cannot_be_used_is_one_line() -> None:
    process = start("app.worker", JOBS__REDIS_URL="nonsense")

    _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert len(errors.splitlines()) == 1
    assert errors.startswith("JOBS__REDIS_URL: ")
