"""What this service relies on in MySQL and MariaDB."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.database.driver import open_engines
from app.core.database.driver_errors import error_code, is_unavailable
from app.core.database.settings import DatabaseSettings
from migrations.database import lock_name

INSERT = text("INSERT INTO users VALUES (:id, :id, 'A', now(), now(), NULL, 1)")
ADA = {"id": "1234567890123456"}
COUNT = text("SELECT count(*) FROM users")


async def test_values_that_do_not_fit_are_refused_in_every_session(
    database_settings: DatabaseSettings,
) -> None:
    async with open_engines(database_settings) as engines:
        for engine in (engines.reads, engines.writes):
            async with engine.connect() as connection:
                mode = await connection.scalar(text("SELECT @@sql_mode"))
                zone = await connection.scalar(text("SELECT @@time_zone"))

            assert "STRICT_TRANS_TABLES" in str(mode)
            assert zone == "+00:00"


async def test_transactions_see_what_others_commit_meanwhile(
    database_settings: DatabaseSettings,
) -> None:
    async with (
        open_engines(database_settings) as engines,
        engines.writes.connect() as transaction,
    ):
        before = await transaction.scalar(COUNT)
        async with engines.writes.connect() as other, other.begin():
            await other.execute(INSERT, ADA)

        assert before == 0
        assert await transaction.scalar(COUNT) == 1


async def test_the_server_ends_what_takes_too_long(
    database_settings: DatabaseSettings,
) -> None:
    impatient = database_settings.model_copy(update={"deadline": 0.1})
    endless = "SELECT count(*) FROM users a, (SELECT sleep(10)) b"
    async with (
        open_engines(impatient) as engines,
        engines.reads.connect() as connection,
    ):
        await connection.execute(INSERT, ADA)
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(text(endless))

    assert error_code(caught.value) in {1317, 1969, 3024}
    assert is_unavailable(caught.value)


async def test_an_update_that_changes_nothing_has_found_its_row(
    database_settings: DatabaseSettings,
) -> None:
    async with (
        open_engines(database_settings) as engines,
        engines.writes.connect() as connection,
        connection.begin(),
    ):
        await connection.execute(INSERT, ADA)

        result = await connection.execute(text("UPDATE users SET name = 'A'"))

        assert result.rowcount == 1


def test_each_database_of_a_server_has_a_lock_of_its_own() -> None:
    settings = DatabaseSettings()
    other = settings.renamed("x" * 64)

    assert lock_name(settings) != lock_name(other)
    assert len(lock_name(other)) <= 64
