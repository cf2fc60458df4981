"""What this service relies on in SQLite, and in the way to it."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import bindparam, select

from app.core.database.connection import Connection
from app.core.database.driver import open_engines
from app.core.database.error_translation import translated_errors
from app.core.database.errors import RepositoryError, StorageUnavailable
from app.core.database.queries import Statement, query_of
from app.core.database.settings import DatabaseSettings
from app.repositories.database.users import users
from tests.slow_statement import SLOW

ID = UUID("5f0c2a4e-7d43-4a0e-9d56-0d0b6a0f7a11")
MOMENT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("statement", "times"), [(select(users), 0), (SLOW, 1)])
async def test_a_brief_read_is_not_handed_over_to_the_thread(
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
    statement: Statement,
    times: int,
) -> None:
    handed_over = []

    async def note(_connection: Connection, *work: object) -> list[object]:
        handed_over.append(work)
        return []

    async with (
        open_engines(database_settings) as engines,
        engines.reads.connect() as connection,
    ):
        with monkeypatch.context() as patches:
            patches.setattr(Connection, "_execute", note)
            assert await connection.read(query_of(statement), {}) == []

    assert len(handed_over) == times


async def test_a_read_waits_for_a_lock_outside_of_the_thread_and_the_loop(
    database_settings: DatabaseSettings,
) -> None:
    query = query_of(select(users))
    async with (
        open_engines(database_settings) as engines,
        engines.reads.connect() as connection,
    ):
        await connection.execute_fetchall("PRAGMA journal_mode = DELETE")
        with closing(sqlite3.connect(database_settings.path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            waiting = asyncio.create_task(connection.read(query, {}))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            other.rollback()

            assert await waiting == []


@pytest.mark.parametrize("value", ["\ud800", 2**70])
async def test_a_value_that_cannot_be_stored_is_no_outage(
    database_settings: DatabaseSettings,
    value: object,
) -> None:
    query = query_of(select(bindparam("value").label("value")))
    async with (
        open_engines(database_settings) as engines,
        engines.reads.connect() as connection,
    ):
        with pytest.raises(RepositoryError) as caught:
            async with translated_errors(database_settings.deadline):
                await connection.read(query, {"value": value})

    assert not isinstance(caught.value, StorageUnavailable)


def test_values_are_converted_by_the_types_of_their_columns() -> None:
    statement = select(users.c.id, users.c.created_at).where(
        users.c.id.in_([ID]),
        users.c.created_at > bindparam("since"),
    )

    query = query_of(statement)

    arguments = query.arguments({"since": MOMENT})
    assert arguments == [ID.hex, "2026-01-31 09:30:00.000000"]
    assert query.rows([tuple(arguments)]) == [{"id": ID, "created_at": MOMENT}]
