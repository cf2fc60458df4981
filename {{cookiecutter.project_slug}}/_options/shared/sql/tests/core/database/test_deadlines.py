"""What nobody waits for any more is not worked on either."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from app.core.database.driver import open_engines
from app.core.database.engines import Engines
from app.core.database.errors import StorageUnavailable
from app.core.database.sessions import ReadSession, WriteSession
from app.core.database.settings import DatabaseSettings
from app.core.deadline import deadline
from tests.slow_statement import SLOW, running

PATIENCE = 30
"""Seconds; by itself, nothing here ends before that."""

Ask = Callable[[Engines], Coroutine[Any, Any, object]]


@pytest.fixture
async def engines(database_settings: DatabaseSettings) -> AsyncIterator[Engines]:
    patient = database_settings.model_copy(update={"deadline": PATIENCE})
    async with open_engines(patient) as engines:
        yield engines


async def _read(engines: Engines) -> object:
    return await ReadSession(engines.reads, PATIENCE).rows(SLOW)


async def _read_in_a_transaction(engines: Engines) -> object:
    async with engines.writes.connect() as connection:
        return await WriteSession(connection, PATIENCE).rows(SLOW)


WAYS: list[Ask] = [_read, _read_in_a_transaction]


async def _until(wanted: int, settings: DatabaseSettings) -> None:
    """Wait until the slow statement is running so many times."""
    async with asyncio.timeout(PATIENCE / 3):
        found = await running(settings)
        while found != wanted:
            await asyncio.sleep(0.02)
            found = await running(settings)


async def test_the_database_stops_working_on_what_is_out_of_time(
    engines: Engines,
    database_settings: DatabaseSettings,
) -> None:
    with deadline(2):  # for both at once: waiting takes time
        asking = [asyncio.create_task(ask(engines)) for ask in WAYS]
    await _until(2, database_settings)

    for each in asking:
        with pytest.raises(StorageUnavailable, match="no answer in time"):
            await each

    await _until(0, database_settings)


@pytest.mark.parametrize("ask", WAYS)
async def test_the_database_stops_working_for_who_is_gone(
    engines: Engines,
    database_settings: DatabaseSettings,
    ask: Ask,
) -> None:
    asking = asyncio.create_task(ask(engines))
    await _until(1, database_settings)

    asking.cancel()
    await asyncio.wait([asking])

    await _until(0, database_settings)
