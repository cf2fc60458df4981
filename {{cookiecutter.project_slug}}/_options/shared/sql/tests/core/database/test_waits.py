"""Waits of one call do not add up."""

import asyncio
import time

import pytest

from app.core.database.errors import StorageUnavailable
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings
from app.models.user import User, UserChanges
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeUser, SteppingClock
from tests.database import patient

TOLERANCE_SECONDS = 1
"""How much later an answer may be on a busy machine; waits that add up take two more."""

HEAD_START_SECONDS = 0.3
"""A call that waits for this less than its deadline gets a connection just in time."""


async def _change(storage: Storage, user: User) -> float:
    """Try to change a user whose row is locked; return how long that took."""
    started = time.monotonic()
    with pytest.raises(StorageUnavailable):
        async with storage.unit_of_work() as work:
            await work.users.update(user)
    return time.monotonic() - started


async def test_a_wait_for_a_connection_and_a_lock_share_one_deadline(
    database_settings: DatabaseSettings,
    make_user: MakeUser,
    clock: SteppingClock,
) -> None:
    one = PoolSettings(size=1, overflow=0)
    lock_wait = {"lock_wait": 2} if hasattr(database_settings, "lock_wait") else {}
    settings = database_settings.model_copy(update={"pool": one, **lock_wait})
    user = make_user()
    async with (
        open_storage(patient(database_settings)) as other_process,
        open_storage(settings) as storage,
    ):
        async with other_process.unit_of_work() as work:
            await work.users.add(user)
            await work.commit()
        await storage.ping()
        changed = user.changed(UserChanges(name="Ada King"), at=clock.now())

        async with other_process.unit_of_work() as holder:
            await holder.users.update(changed)
            first = asyncio.create_task(_change(storage, changed))
            await asyncio.sleep(HEAD_START_SECONDS)
            took = await _change(storage, changed)
            await first

    assert took < settings.deadline + TOLERANCE_SECONDS
