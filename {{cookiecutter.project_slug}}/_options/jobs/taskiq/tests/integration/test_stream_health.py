"""What `/readyz` says of the stream between relays and workers."""

import httpx2

from app.core.database import DatabaseSettings
from app.core.jobs import JobSettings
from app.main import create_app
from tests.api.clients import open_client, service_settings


async def _readiness(database: DatabaseSettings, jobs: JobSettings) -> httpx2.Response:
    app = create_app(service_settings(database=database, jobs=jobs))
    async with open_client(app) as client:
        return await client.get("/readyz")


async def test_redis_is_a_dependency(
    database_settings: DatabaseSettings,
    job_settings: JobSettings,
) -> None:
    response = await _readiness(database_settings, job_settings)

    assert response.json()["checks"]["jobs"]["status"] == "up"


async def test_a_service_is_ready_without_redis(
    database_settings: DatabaseSettings,
    job_settings: JobSettings,
) -> None:
    values = {**job_settings.model_dump(), "redis_url": "redis://127.0.0.1:9/0"}

    response = await _readiness(database_settings, JobSettings.model_validate(values))

    assert response.status_code == 200
    assert response.json()["checks"]["jobs"]["status"] == "down"
