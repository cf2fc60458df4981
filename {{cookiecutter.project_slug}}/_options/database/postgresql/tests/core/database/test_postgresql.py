"""What this service relies on in PostgreSQL."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import asyncpg
import pytest
from sqlalchemy import column, literal, select, text

from app.core import service_info
from app.core.database.connection import Connection
from app.core.database.driver import open_engines
from app.core.database.error_translation import translated_errors
from app.core.database.errors import RepositoryError, StorageUnavailable
from app.core.database.queries import Query
from app.core.database.sessions import WriteSession
from app.core.database.settings import DatabaseSettings
from migrations.database import exclusive_connection
from tests.database import temporary_database

CAST = Query("SELECT $1::text", (("value", None),))


@pytest.fixture
def new_database() -> Iterator[DatabaseSettings]:
    """A database on which nothing was ever run."""
    with temporary_database() as settings:
        yield settings


async def _show(connection: Connection, name: str) -> object:
    return await connection.fetchval(f"SHOW {name}")


async def test_the_server_knows_who_asks_and_how_long_they_wait(
    database_settings: DatabaseSettings,
) -> None:
    async with open_engines(database_settings) as engines:
        for pool in (engines.reads, engines.writes):
            async with pool.connect() as connection:
                assert await _show(connection, "application_name") == service_info.NAME
                assert await _show(connection, "statement_timeout") == "2s"
                idle = "idle_in_transaction_session_timeout"
                assert await _show(connection, idle) == "30s"


async def test_the_server_ends_what_takes_too_long(
    database_settings: DatabaseSettings,
) -> None:
    impatient = database_settings.model_copy(update={"deadline": 0.1})
    async with (
        open_engines(impatient) as engines,
        engines.reads.connect() as connection,
    ):
        with pytest.raises(asyncpg.QueryCanceledError):
            await connection.read(Query("SELECT pg_sleep(10)", ()), {})


async def test_an_index_is_built_concurrently_while_another_migration_waits(
    new_database: DatabaseSettings,
) -> None:
    async def wait_for_the_lock() -> None:
        async with exclusive_connection(new_database):
            pass

    async with exclusive_connection(new_database) as connection:
        await connection.execute(text("CREATE TABLE orders (id integer)"))
        await connection.commit()
        waiting = asyncio.create_task(wait_for_the_lock())
        await asyncio.sleep(0.3)  # it has asked for the lock a few times by now
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("CREATE INDEX CONCURRENTLY ON orders (id)"))
        assert not waiting.done()

    await waiting


async def test_a_transaction_in_which_a_statement_failed_cannot_be_committed(
    database_settings: DatabaseSettings,
) -> None:
    deadline = database_settings.deadline
    async with (
        open_engines(database_settings) as engines,
        engines.writes.connect() as connection,
    ):
        session = WriteSession(connection, deadline)
        with suppress(RepositoryError):
            await session.rows(select(column("unknown")))

        with pytest.raises(RepositoryError, match="undone") as caught:
            await session.commit()

        assert not isinstance(caught.value, StorageUnavailable)
        assert await session.rows(select(literal(1).label("one"))) == [{"one": 1}]
        await session.commit()


@pytest.mark.parametrize("value", ["\0", "\ud800", 7])
async def test_a_value_that_cannot_be_sent_or_stored_is_no_outage(
    database_settings: DatabaseSettings,
    value: object,
) -> None:
    async with (
        open_engines(database_settings) as engines,
        engines.reads.connect() as connection,
    ):
        with pytest.raises(RepositoryError) as caught:
            async with translated_errors(database_settings.deadline):
                await connection.read(CAST, {"value": value})

        assert not isinstance(caught.value, StorageUnavailable)
        assert connection.is_fit
