"""Two ways to talk to the database, told apart by their types."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Delete, Insert, Row, Select, Update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.repositories.database.engines import Pool
from app.repositories.database.errors import translated_errors


class Session(ABC):
    """Something that answers queries."""

    @abstractmethod
    async def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """Return all rows that a query yields.

        Raises:
            StorageUnavailable: the database did not answer in time.
        """


class ReadSession(Session):
    """Queries outside of any transaction, each on a connection of its own.

    `deadline` is in seconds, the wait for a free connection included.
    """

    def __init__(self, pool: Pool, deadline: float) -> None:
        self._pool = pool
        self._deadline = deadline

    async def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        async with (
            translated_errors(self._deadline),
            self._pool.connect() as connection,
        ):
            rows: Sequence[Row[Any]] = (await connection.execute(statement)).all()
            return rows


class WriteSession(Session):
    """Statements within one transaction, on one connection.

    `deadline` is in seconds, for each statement.
    """

    def __init__(self, connection: AsyncConnection, deadline: float) -> None:
        self._connection = connection
        self._deadline = deadline

    async def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        async with translated_errors(self._deadline):
            rows: Sequence[Row[Any]] = (await self._connection.execute(statement)).all()
            return rows

    async def write(self, statement: Insert | Update | Delete) -> int:
        """Change rows and return how many.

        Raises:
            RepositoryError: a constraint was violated.
            StorageUnavailable: the database did not answer in time.
        """
        async with translated_errors(self._deadline):
            return (await self._connection.execute(statement)).rowcount

    async def commit(self) -> None:
        """Make all changes of the transaction last.

        Raises:
            StorageUnavailable: the database did not answer; the outcome is unknown.
        """
        async with translated_errors(self._deadline):
            await self._connection.commit()
