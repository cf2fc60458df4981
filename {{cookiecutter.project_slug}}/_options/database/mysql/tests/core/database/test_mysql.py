"""What this service relies on in MySQL and MariaDB."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from asyncmy.errors import MySQLError
from sqlalchemy import bindparam, select

from app.core.database.connection import Connection
from app.core.database.driver import open_engines
from app.core.database.driver_errors import error_code, is_unavailable
from app.core.database.error_translation import translated_errors
from app.core.database.errors import RepositoryError, StorageUnavailable
from app.core.database.queries import query_of
from app.core.database.settings import DatabaseSettings
from app.repositories.database.users import users
from migrations.database import lock_name

INSERT = "INSERT users VALUES ('1234567890123456', 'a', 'A', now(), now(), NULL, 1)"
COUNT = "SELECT count(*) FROM users"
ID = UUID("5f0c2a4e-7d43-4a0e-9d56-0d0b6a0f7a11")
MOMENT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


async def _value(connection: Connection, sql: str) -> object:
    async with connection.cursor() as cursor:
        await cursor.execute(sql)
        [value] = await cursor.fetchone()
    found: object = value
    return found


async def test_values_that_do_not_fit_are_refused_in_every_session(
    database_settings: DatabaseSettings,
) -> None:
    async with open_engines(database_settings) as engines:
        for pool in (engines.reads, engines.writes):
            async with pool.connect() as connection:
                mode = await _value(connection, "SELECT @@sql_mode")
                zone = await _value(connection, "SELECT @@time_zone")

            assert "STRICT_TRANS_TABLES" in str(mode)
            assert zone == "+00:00"


async def test_transactions_see_what_others_commit_meanwhile(
    database_settings: DatabaseSettings,
) -> None:
    async with (
        open_engines(database_settings) as engines,
        engines.writes.connect() as transaction,
        engines.writes.connect() as other,
    ):
        await transaction.begin()
        before = await _value(transaction, COUNT)
        await other.begin()
        await other.query(INSERT)
        await other.commit()

        assert before == 0
        assert await _value(transaction, COUNT) == 1


async def test_the_server_ends_what_takes_too_long(
    database_settings: DatabaseSettings,
) -> None:
    impatient = database_settings.model_copy(update={"deadline": 0.1})
    endless = "SELECT count(*) FROM users a, (SELECT sleep(10)) b"
    async with (
        open_engines(impatient) as engines,
        engines.reads.connect() as connection,
    ):
        await connection.query(INSERT)
        with pytest.raises(MySQLError) as caught:
            await connection.query(endless)

    assert error_code(caught.value) in {1317, 1969, 3024}
    assert is_unavailable(caught.value)


async def test_an_update_that_changes_nothing_has_found_its_row(
    database_settings: DatabaseSettings,
) -> None:
    async with (
        open_engines(database_settings) as engines,
        engines.writes.connect() as connection,
    ):
        await connection.begin()
        await connection.query(INSERT)

        assert await connection.query("UPDATE users SET name = 'A'") == 1


@pytest.mark.parametrize("value", ["\ud800", float("nan")])
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
    assert arguments == [ID.bytes, MOMENT.replace(tzinfo=None)]
    assert query.rows([tuple(arguments)]) == [{"id": ID, "created_at": MOMENT}]


def test_each_database_of_a_server_has_a_lock_of_its_own() -> None:
    settings = DatabaseSettings()
    other = settings.renamed("x" * 64)

    assert lock_name(settings) != lock_name(other)
    assert len(lock_name(other)) <= 64
