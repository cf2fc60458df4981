"""The server ends connections while they are used."""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx2

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from tests.api.clients import open_client, registration, service_settings
from tests.database import end_connections

USERS = "/api/v1/users"
TIMES = 4
READERS = 4


async def _ask_until(
    done: asyncio.Event,
    client: httpx2.AsyncClient,
    statuses: Counter[int],
) -> None:
    while not done.is_set():
        answer = await client.get(USERS)
        statuses[answer.status_code] += 1


async def test_connections_that_the_server_ends_while_in_use_are_no_error_of_ours(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> None:
    app = create_app(
        service_settings(database=database_settings, cache=cache_settings),
    )
    statuses: Counter[int] = Counter()
    done = asyncio.Event()
    async with open_client(app) as client:
        asking = [_ask_until(done, client, statuses) for _ in range(READERS)]
        readers = [asyncio.create_task(one) for one in asking]
        for _ in range(TIMES):
            await end_connections(database_settings)
            body = registration(f"{uuid4()}@example.com")
            answer = await client.post(USERS, json=body)
            statuses[answer.status_code] += 1
        done.set()
        await asyncio.gather(*readers)

        assert set(statuses) <= {200, 201, 503}
        assert statuses[200] > 0
        assert (await client.get(USERS)).status_code == 200
        body = registration(f"{uuid4()}@example.com")
        assert (await client.post(USERS, json=body)).status_code == 201
