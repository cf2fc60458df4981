"""The database does not take writes any more: it became a replica, or its disk failed."""

from contextlib import AsyncExitStack

import pytest

from app.core.database.driver import open_engines
from app.core.database.engines import Engines
from app.core.database.errors import StorageUnavailable
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings
from app.models.user import User
from app.repositories.database.storage import DatabaseStorage
from tests.conftest import MakeUser
from tests.database import make_read_only, patient

SIZE = 3


async def _make_all_read_only(engines: Engines) -> None:
    for pool in engines.pools:
        async with AsyncExitStack() as stack:
            for _ in range(pool._settings.size):
                await make_read_only(await stack.enter_async_context(pool.connect()))


async def _add(storage: DatabaseStorage, user: User) -> None:
    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()


async def test_a_write_to_a_read_only_server_is_unavailable_and_replaces_connections(
    database_settings: DatabaseSettings,
    make_user: MakeUser,
) -> None:
    pool = PoolSettings(size=SIZE, overflow=0)
    settings = patient(database_settings.model_copy(update={"pool": pool}))
    first, second = make_user("first@example.com"), make_user("second@example.com")
    async with open_engines(settings) as engines:
        storage = DatabaseStorage(engines, settings.deadline)
        await _make_all_read_only(engines)

        with pytest.raises(StorageUnavailable):
            await _add(storage, first)

        assert await storage.users.get(first.id) is None
        await _add(storage, second)
        assert await storage.users.get(second.id) == second
