"""What this service relies on in SQLite, and in the way to it."""

from datetime import UTC, datetime
from uuid import UUID
from weakref import ref

import pytest
from sqlalchemy import bindparam, column, select

from app.core.database import DatabaseSettings
from app.repositories.database.connection import Connection
from app.repositories.database.driver import open_engines
from app.repositories.database.errors import translated_errors
from app.repositories.database.queries import Statement, query_of
from app.repositories.database.tables import users
from app.repositories.interfaces.errors import RepositoryError, StorageUnavailable

ID = UUID("5f0c2a4e-7d43-4a0e-9d56-0d0b6a0f7a11")
MOMENT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


async def test_a_statement_is_handed_over_to_the_thread_once(
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handed_over = []
    execute = Connection._execute

    async def count(self: Connection, *work: object) -> object:
        handed_over.append(work)
        return await execute(self, *work)  # type: ignore[no-untyped-call]

    query = query_of(select(users))
    async with (
        open_engines(database_settings) as engines,
        engines.reads.connect() as connection,
    ):
        monkeypatch.setattr(Connection, "_execute", count)

        assert await connection.read(query, {}) == []

        assert len(handed_over) == 1


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


def test_a_text_is_made_once_for_each_statement_and_kept_no_longer_than_it() -> None:
    statement: Statement = select(column("any"))

    query = query_of(statement)

    assert query_of(statement) is query
    of_query = ref(query)
    del statement, query
    assert of_query() is None
