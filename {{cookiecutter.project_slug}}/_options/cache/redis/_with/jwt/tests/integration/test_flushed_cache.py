"""Logging in when Redis or Valkey has lost everything."""

from app.core.database.settings import DatabaseSettings
from app.main import create_app
from tests.accounts import PASSWORD, auth_settings, guess_from_many_networks
from tests.api.clients import open_anonymous_client, registration, service_settings
from tests.cache import settings_for
from tests.redis_server import private_server

ADA = "ada@example.com"


async def test_log_in_after_a_flush_succeeds_for_the_owner_under_attack(
    database_settings: DatabaseSettings,
) -> None:
    with private_server() as server:
        settings = service_settings(
            database=database_settings,
            cache=settings_for(server.url),
            auth=auth_settings(attempts={"from_unknown": 3}),
        )
        app = create_app(settings)
        async with open_anonymous_client(app) as client:
            form = {"username": ADA, "password": PASSWORD}
            await client.post("/api/v1/users", json=registration(ADA))
            await client.post("/api/v1/auth/token", data=form)
            server.command("FLUSHALL")

            statuses = await guess_from_many_networks(app, ADA, 5)
            response = await client.post("/api/v1/auth/token", data=form)

            assert statuses[-1] == 429
            assert response.status_code == 200
