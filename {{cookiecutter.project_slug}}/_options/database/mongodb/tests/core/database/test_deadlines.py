"""What nobody waits for any more is not worked on either."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import AsyncMock

import pytest

from app.core.database.client import Client, open_client
from app.core.database.errors import StorageUnavailable
from app.core.database.sessions import ReadSession, WriteSession
from app.core.database.settings import DatabaseSettings
from app.core.deadline import deadline
from app.repositories.database import open_storage
from app.repositories.database.users import USERS
from tests.conftest import MakeUser

PATIENCE = 30
"""Seconds; by itself, nothing here ends before that."""

SLOW = {"$where": f"sleep({PATIENCE * 1000}) || true"}


@pytest.fixture
async def client(
    database_settings: DatabaseSettings,
    make_user: MakeUser,
) -> AsyncIterator[Client]:
    """A way into a database that has a user to be slow about."""
    patient = database_settings.model_copy(update={"deadline": PATIENCE})
    async with open_storage(patient) as storage, storage.unit_of_work() as work:
        await work.users.add(make_user())
        await work.commit()
    async with open_client(patient, deadline=PATIENCE) as client:
        yield client


async def _until(wanted: int, client: Client, settings: DatabaseSettings) -> None:
    """Wait until the slow query is running so many times."""
    query = {"currentOp": 1, "ns": f"{settings.name}.users", "active": True}
    async with asyncio.timeout(PATIENCE / 3):
        found = await client.admin.command(query)
        while len(found["inprog"]) != wanted:
            await asyncio.sleep(0.02)
            found = await client.admin.command(query)


@pytest.mark.parametrize("within_transaction", [False, True])
@pytest.mark.parametrize("cancelled", [False, True])
async def test_the_database_stops_working_on_what_nobody_waits_for(
    client: Client,
    database_settings: DatabaseSettings,
    within_transaction: bool,
    cancelled: bool,
) -> None:
    database = client[database_settings.name]

    async def ask() -> None:
        if not within_transaction:
            await ReadSession(database, PATIENCE).find(USERS.collection, SLOW, limit=1)
            return
        async with client.start_session() as session:
            transaction = WriteSession(database, session, PATIENCE, AsyncMock())
            await transaction.begin()
            await transaction.find(USERS.collection, SLOW, limit=1)

    with deadline(PATIENCE if cancelled else 2):
        asking = asyncio.create_task(ask())
    await _until(1, client, database_settings)

    if cancelled:
        asking.cancel()
        await asyncio.wait([asking])
    else:
        with pytest.raises(StorageUnavailable):
            await asking

    await _until(0, client, database_settings)
