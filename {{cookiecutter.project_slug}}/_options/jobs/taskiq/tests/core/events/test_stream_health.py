"""What is said of the stream between relays and workers."""

import asyncio
import gc
from typing import Any

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Connection

from app.core.database.settings import DatabaseSettings
from app.core.events.jobs import JobSettings, broker_checks
from app.main import create_app
from tests.api.clients import open_client, service_settings


async def _readiness(database: DatabaseSettings, jobs: JobSettings) -> dict[str, Any]:
    app = create_app(service_settings(database=database, jobs=jobs))
    async with open_client(app) as client:
        response = await client.get("/readyz")
    assert response.status_code == 200
    readiness: dict[str, Any] = response.json()
    return readiness


def _broker_up() -> float | None:
    return REGISTRY.get_sample_value("dependency_up", {"dependency": "broker"})


async def test_redis_is_a_dependency(
    database_settings: DatabaseSettings,
    job_settings: JobSettings,
) -> None:
    readiness = await _readiness(database_settings, job_settings)

    assert readiness["checks"]["broker"]["status"] == "up"
    assert _broker_up() == 1


async def test_without_redis_the_service_is_degraded_and_ready(
    database_settings: DatabaseSettings,
    job_settings: JobSettings,
) -> None:
    values = {**job_settings.model_dump(), "redis_url": "redis://127.0.0.1:9/0"}

    readiness = await _readiness(database_settings, JobSettings.model_validate(values))

    assert readiness["status"] == "degraded"
    broker = readiness["checks"]["broker"]
    assert (broker["status"], broker["required"]) == ("down", False)
    assert _broker_up() == 0


async def test_a_check_that_is_stopped_when_redis_has_answered_leaves_no_connection(
    job_settings: JobSettings,
    monkeypatch: pytest.MonkeyPatch,
    recwarn: pytest.WarningsRecorder,
) -> None:
    checking = asyncio.ensure_future(broker_checks(job_settings)["broker"]())
    read = Connection.read_response

    async def read_and_stop(connection: Connection) -> object:
        answer = await read(connection)
        checking.cancel()
        return answer

    monkeypatch.setattr(Connection, "read_response", read_and_stop)
    await asyncio.wait([checking])
    assert checking.cancelled()

    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []
