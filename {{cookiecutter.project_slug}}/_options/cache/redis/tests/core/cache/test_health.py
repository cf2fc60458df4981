"""A cache that does not answer is missed by nobody."""

from pydantic import RedisDsn, Secret

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from tests.api.clients import open_client, service_settings

NOBODY_LISTENS_HERE = Secret(RedisDsn("redis://127.0.0.1:1/0"))


async def test_without_its_cache_the_service_is_degraded_and_ready(
    database_settings: DatabaseSettings,
) -> None:
    cache = CacheSettings(url=NOBODY_LISTENS_HERE)
    app = create_app(service_settings(database=database_settings, cache=cache))
    async with open_client(app) as client:
        response = await client.get("/readyz")

    assert response.status_code == 200
    readiness = response.json()
    assert readiness["status"] == "degraded"
    assert readiness["checks"]["database"]["status"] == "up"
    cache_health = readiness["checks"]["cache"]
    assert (cache_health["status"], cache_health["required"]) == ("down", False)
