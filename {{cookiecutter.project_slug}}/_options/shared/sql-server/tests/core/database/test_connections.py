"""Connections are few: none is lost, and nobody waits for one for ever."""

import asyncio
from uuid import uuid4

from app.core.cache.backend import CacheSettings
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage
from tests.api.clients import open_client, registration, service_settings
from tests.database import UNCHECKED, connect_to, on_port
from tests.faults.proxy import open_proxy

USERS = "/api/v1/users"
ADA = registration()


async def test_a_pool_without_a_free_connection_is_503_and_not_a_hang(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> None:
    pool = PoolSettings(size=1, overflow=0, wait=0.2)
    database = database_settings.model_copy(update={"pool": pool})
    app = create_app(service_settings(database=database, cache=cache_settings))
    async with open_client(app) as client:
        async with app.state.container.storage.unit_of_work():
            async with asyncio.timeout(1):
                response = await client.post(USERS, json=ADA)
            assert response.status_code == 503

        assert (await client.post(USERS, json=ADA)).status_code == 201


async def test_requests_that_are_given_up_leave_no_connection_behind(
    database_settings: DatabaseSettings,
) -> None:
    pool = PoolSettings(size=2, overflow=0, wait=1)
    database = database_settings.model_copy(update={"pool": pool})
    async with open_storage(database) as storage:
        for delay in range(20):
            task = asyncio.create_task(_ask_and_write(storage))
            await asyncio.sleep(delay / 1000)
            task.cancel()
            await asyncio.wait([task])

        await asyncio.gather(*(_ask_and_write(storage) for _ in range(10)))


async def _ask_and_write(storage: Storage) -> None:
    await storage.ping()
    async with storage.unit_of_work() as work:
        await work.users.get(uuid4())


async def test_a_read_is_one_round_trip(database_settings: DatabaseSettings) -> None:
    async with open_proxy(lambda: connect_to(database_settings)) as proxy:
        database = on_port(database_settings, proxy.port)
        impatient = database.model_copy(update={"pool": UNCHECKED})
        async with open_storage(impatient) as storage:
            for _ in range(3):
                await storage.users.get(uuid4())
            before = proxy.messages

            await storage.users.get(uuid4())

            assert proxy.messages == before + 1
