"""Two ways to talk to the database, told apart by their types."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Delete, Insert, Select, Update

from app.core.database.budget import Budget
from app.core.database.error_translation import translated_errors
from app.core.database.errors import ConstraintErrors, constraint_errors
from app.core.database.pool import Connection, Pool

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
        async with (
            translated_errors(self._deadline),
            self._pool.connect() as connection,
        ):
            return await connection.read(statement, values)


class WriteSession(Session):
    """Statements within one transaction, on one connection.

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
        self._constraints = constraints

    async def rows(
        self,
        statement: Select[Any],
        values: Mapping[str, object] = NO_VALUES,
    ) -> Sequence[Row]:
        async with self._budget.spend():
            return await self._connection.read(statement, values)

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
        with constraint_errors(self._constraints):
            async with self._budget.spend():
                return await self._connection.write(statement, values)

    async def commit(self) -> None:
        """Make all changes of the transaction last.

        Raises:
            StorageUnavailable: the database did not answer; the outcome is unknown.
        """
        async with self._budget.spend(COMMIT_SECONDS):
            await self._connection.commit()
