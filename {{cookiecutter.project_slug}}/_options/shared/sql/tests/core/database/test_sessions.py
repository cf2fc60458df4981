"""Sessions that write, in tables whose ids the database makes and whose rows refer to others."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import Column, ForeignKey, Integer, Table, delete, insert, select
from sqlalchemy import MetaData as SeparateMetaData

from app.core.database.driver import open_engines
from app.core.database.errors import (
    BrokenReference,
    ConstraintErrors,
    RepositoryError,
)
from app.core.database.sessions import NO_CONSTRAINTS, WriteSession
from app.core.database.settings import DatabaseSettings
from app.core.database.tables import metadata
from migrations.database import exclusive_connection
from tests.database import NAMES_FOREIGN_KEYS

DEADLINE = 10

separate = SeparateMetaData(naming_convention=metadata.naming_convention)
shelves = Table(
    "shelves",
    separate,
    Column("id", Integer, primary_key=True),
    Column("room", Integer, nullable=False),
)
books = Table(
    "books",
    separate,
    Column("id", Integer, primary_key=True),
    Column("shelf_id", Integer, ForeignKey("shelves.id"), nullable=False),
)

NAMED = "fk_books_shelf_id_shelves" if NAMES_FOREIGN_KEYS else ""
ADD_SHELF = insert(shelves).values(room=1)


class ShelfMissing(RepositoryError):
    """An error that a resource may give for its foreign key."""


@pytest.fixture
async def tables(
    database_settings: DatabaseSettings,
) -> AsyncIterator[DatabaseSettings]:
    """A database that has these tables as well."""
    async with exclusive_connection(database_settings) as connection:
        await connection.run_sync(separate.create_all)
        await connection.commit()
    yield database_settings
    async with exclusive_connection(database_settings) as connection:
        await connection.run_sync(separate.drop_all)
        await connection.commit()


@asynccontextmanager
async def _session(
    settings: DatabaseSettings,
    constraints: ConstraintErrors = NO_CONSTRAINTS,
) -> AsyncIterator[WriteSession]:
    async with (
        open_engines(settings) as engines,
        engines.writes.connect() as connection,
    ):
        yield WriteSession(connection, DEADLINE, constraints)


async def test_insert_returns_the_id_that_the_database_made(
    tables: DatabaseSettings,
) -> None:
    async with _session(tables) as session:
        ids = [await session.insert(ADD_SHELF) for _ in range(3)]
        rows = await session.rows(select(shelves.c.id).order_by(shelves.c.id))

    assert ids == [row["id"] for row in rows]
    assert len(set(ids)) == 3


async def test_insert_referring_to_nothing_is_a_broken_reference(
    tables: DatabaseSettings,
) -> None:
    async with _session(tables) as session:
        with pytest.raises(BrokenReference) as caught:
            await session.insert(insert(books).values(shelf_id=17))

    assert caught.value.constraint == NAMED
    assert caught.value.is_refusal


async def test_delete_of_a_row_that_is_referred_to_is_a_broken_reference(
    tables: DatabaseSettings,
) -> None:
    async with _session(tables) as session:
        shelf = await session.insert(ADD_SHELF)
        await session.write(insert(books).values(shelf_id=shelf))

        with pytest.raises(BrokenReference):
            await session.write(delete(shelves))


async def test_a_broken_reference_becomes_the_error_that_is_given_for_it(
    tables: DatabaseSettings,
) -> None:
    async with _session(tables, {NAMED: ShelfMissing}) as session:
        with pytest.raises(ShelfMissing):
            await session.write(insert(books).values(shelf_id=17))
