"""Connections to PostgreSQL, as asyncpg makes them."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import asyncpg

from app.core.database.driver_errors import READ_ONLY, ends_session
from app.core.database.errors import RepositoryError, StorageUnavailable
from app.core.database.queries import Query
from app.core.database.settings import DatabaseSettings
from app.core.observability.tracing import begin_call, end_call, is_tracing

GOODBYE_SECONDS = 0.25
"""How long a server may take to say goodbye; a frozen one never does."""

Answer = TypeVar("Answer")


class Connection(asyncpg.Connection):
    """A connection that knows whether it can be used again.

    It can't if it is closed, if the server ended the session or became read-only, or if
    somebody stopped waiting for an answer that may still come.
    """

    made_at = 0.0
    used_at = 0.0
    is_read_only = False
    _is_spoiled = False

    @property
    def is_fit(self) -> bool:
        """Whether it can be used again."""
        return not self._is_spoiled and not self.is_closed()

    async def read(
        self,
        query: Query,
        values: Mapping[str, object],
    ) -> list[dict[str, Any]]:
        """Return the rows that a query yields.

        They are dictionaries: the driver's records take longer to unpack than to copy.
        """
        records = await self._answer(self.fetch, query.sql, query.arguments(values))
        return [dict(record.items()) for record in records]

    async def write(self, query: Query, values: Mapping[str, object]) -> int:
        """Return how many rows a statement changed: the last word of its status, if any."""
        status = await self._answer(self.execute, query.sql, query.arguments(values))
        count = status.rpartition(" ")[2]
        return int(count) if count.isdecimal() else 0

    async def insert(self, query: Query, values: Mapping[str, object]) -> int:
        """Return the id that the server made for a new row.

        SQLAlchemy puts `RETURNING` behind an insert that names no value for such an id.
        """
        arguments = query.arguments(values)
        made: int = await self._answer(self.fetchval, query.sql, arguments)
        return made

    async def begin(self) -> None:
        """Begin a transaction."""
        await self._answer(self.execute, "BEGIN ISOLATION LEVEL READ COMMITTED")

    async def commit(self) -> None:
        """Make the changes of a transaction last.

        Raises:
            RepositoryError: a statement had failed. The server undoes the transaction then,
                and does not call that an error.
        """
        if await self._answer(self.execute, "COMMIT") != "COMMIT":
            raise RepositoryError("undone, since a statement had failed")

    async def rollback(self) -> None:
        """Undo a transaction."""
        await self._answer(self.execute, "ROLLBACK")

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Cancel what is running, say goodbye, and wait a moment for the answer."""
        await super().close(timeout=min(timeout or GOODBYE_SECONDS, GOODBYE_SECONDS))

    async def dismiss(self) -> None:
        """Close it, whatever state it is in."""
        try:
            await self.close()
        except Exception:
            self.terminate()

    async def _answer(
        self,
        ask: Callable[..., Awaitable[Answer]],
        sql: str,
        arguments: Sequence[object] = (),
    ) -> Answer:
        """Ask, within a span if this is traced: it holds the text, and never the values.

        Raises:
            asyncpg.PostgresError: the server refuses.
            StorageUnavailable: the connection turned out to be closed, whatever the
                driver says to that.
        """
        span = begin_call(*_described(sql)) if is_tracing() else None
        self._is_spoiled = True
        try:
            answer = await ask(sql, *arguments)
        except BaseException as error:
            end_call(span, type(error).__name__)
            if isinstance(error, asyncpg.PostgresError):
                self.is_read_only = error.sqlstate == READ_ONLY
                self._is_spoiled = self.is_read_only or ends_session(error)
            elif isinstance(error, Exception) and self.is_closed():
                raise StorageUnavailable(type(error).__name__) from None
            raise
        self._is_spoiled = False
        end_call(span)
        return answer


async def connect(
    settings: DatabaseSettings,
    parameters: Mapping[str, str],
) -> Connection:
    """Connect to the server, and set parameters of the session on it.

    Raises:
        OSError: the server can't be reached, or does not answer in time.
        asyncpg.PostgresError: the server does not let us in.
    """
    connection: Connection = await asyncpg.connect(
        settings.url.get_secret_value().unicode_string(),
        timeout=settings.connect_wait,
        server_settings=dict(parameters),
        connection_class=Connection,
    )
    connection.made_at = time.monotonic()
    return connection


def _described(sql: str) -> tuple[str, dict[str, Any]]:
    operation = sql.split(maxsplit=1)[0].upper()
    return operation, {
        "db.system.name": "postgresql",
        "db.operation.name": operation,
        "db.query.text": sql,
    }
