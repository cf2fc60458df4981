"""Two ways to talk to the database, told apart by their types.

Repositories write statements with SQLAlchemy; the driver itself sends them. What SQLAlchemy
does around a statement would take longer than the database takes to answer it.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Delete, Insert, Select, Update

from app.core.database.budget import Budget
from app.core.database.connection import Connection
from app.core.database.error_translation import STATEMENT_ERRORS, statement_error
from app.core.database.errors import ConstraintErrors, constraint_errors
from app.core.database.pool import Pool
from app.core.database.queries import Query, query_of
from app.core.deadline import remaining

Row = Mapping[str, Any]
"""Values by the names of their columns."""

COMMIT_SECONDS = 0.5
"""How long a commit may take, at least: the outcome of one that is cut off is unknown."""

NO_VALUES: Mapping[str, object] = MappingProxyType({})

NO_CONSTRAINTS: ConstraintErrors = MappingProxyType({})


class Session(ABC):
    """Something that answers queries."""

    @abstractmethod
    async def rows(
        self,
        statement: Select[Any],
        values: Mapping[str, object] = NO_VALUES,
    ) -> Sequence[Row]:
        """Return all rows that a query yields, with values for its parameters.

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

    async def rows(
        self,
        statement: Select[Any],
        values: Mapping[str, object] = NO_VALUES,
    ) -> Sequence[Row]:
        query = query_of(statement)
        try:  # as `translated_errors` does, which takes longer
            async with asyncio.timeout(remaining(self._deadline)):
                connection = await self._pool.take()
                try:
                    return await connection.read(query, values)
                finally:
                    await self._pool.give_back(connection)
        except STATEMENT_ERRORS as error:
            raise statement_error(error) from None


class WriteSession(Session):
    """Statements within one transaction, on one connection; the first one begins it.

    `deadline` is in seconds, for all statements together. `constraints` says which error
    the violation of a constraint becomes.
    """

    def __init__(
        self,
        connection: Connection,
        deadline: float,
        constraints: ConstraintErrors = NO_CONSTRAINTS,
    ) -> None:
        self._connection = connection
        self._budget = Budget(deadline)
        self._has_begun = False
        self._constraints = constraints

    async def rows(
        self,
        statement: Select[Any],
        values: Mapping[str, object] = NO_VALUES,
    ) -> Sequence[Row]:
        query = query_of(statement)
        async with self._budget.spend():
            await self._begin()
            return await self._connection.read(query, values)

    async def write(
        self,
        statement: Insert | Update | Delete,
        values: Mapping[str, object] = NO_VALUES,
    ) -> int:
        """Change rows and return how many.

        Raises:
            RepositoryError: a constraint was violated; `constraints` says which error it is.
            StorageUnavailable: the database did not answer in time.
        """
        return await self._send(self._connection.write, statement, values)

    async def insert(
        self,
        statement: Insert,
        values: Mapping[str, object] = NO_VALUES,
    ) -> int:
        """Add one row and return the id that the database made for it.

        Raises:
            RepositoryError: a constraint was violated; `constraints` says which error it is.
            StorageUnavailable: the database did not answer in time.
        """
        return await self._send(self._connection.insert, statement, values)

    async def _send(
        self,
        send: Callable[[Query, Mapping[str, object]], Awaitable[int]],
        statement: Insert | Update | Delete,
        values: Mapping[str, object],
    ) -> int:
        query = query_of(statement)
        with constraint_errors(self._constraints):
            async with self._budget.spend():
                await self._begin()
                return await send(query, values)

    async def commit(self) -> None:
        """Make all changes of the transaction last.

        Raises:
            RepositoryError: a statement had failed, so all changes were undone.
            StorageUnavailable: the database did not answer; the outcome is unknown.
        """
        if self._has_begun:
            self._has_begun = False
            async with self._budget.spend(COMMIT_SECONDS):
                await self._connection.commit()

    async def _begin(self) -> None:
        if not self._has_begun:
            await self._connection.begin()
            self._has_begun = True
