"""Connections to MySQL and MariaDB, as asyncmy makes them."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import unquote, unquote_to_bytes

import asyncmy.connection
from asyncmy.constants.CLIENT import FOUND_ROWS
from asyncmy.errors import IntegrityError, MySQLError

from app.core import service_info
from app.core.database.driver_errors import (
    is_read_only,
    is_spoiling,
    reason,
    violated_constraint,
)
from app.core.database.errors import ConstraintViolated, StorageUnavailable
from app.core.database.queries import Query
from app.core.database.settings import DatabaseSettings, Tls
from app.core.database.stopping import Stopper
from app.core.observability.tracing import begin_call, end_call, is_tracing

GOODBYE_SECONDS = 0.25
"""How long a connection may take to close; a frozen server never lets go of TLS."""

Answer = TypeVar("Answer")


class Connection(asyncmy.connection.Connection):
    """A connection that knows whether it can be used again.

    It can't if it is closed, if the server ended the session or became read-only, or if
    somebody stopped waiting for an answer that may still come. `stopper` ends on the server
    what is cancelled here.
    """

    made_at = 0.0
    used_at = 0.0
    is_read_only = False
    stopper: Stopper | None = None
    _is_spoiled = False

    @property
    def is_open(self) -> bool:
        """Whether nothing is known to have closed it."""
        return not self._stream_broken  # type: ignore[attr-defined]

    @property
    def is_fit(self) -> bool:
        """Whether it can be used again."""
        return not self._is_spoiled and self.is_open

    def is_in_transaction(self) -> bool:
        """Whether a transaction has to be ended before others can use the connection."""
        return bool(self.get_transaction_status())

    async def answers(self) -> bool:
        """Whether the server answers."""
        try:
            await self.ping(reconnect=False)
        except (OSError, MySQLError):
            return False
        return True

    async def read(
        self,
        query: Query,
        values: Mapping[str, object],
    ) -> list[dict[str, Any]]:
        """Return the rows that a query yields."""
        found = await self._answer(query.sql, self._found(query, values))
        return query.rows(found)

    async def write(self, query: Query, values: Mapping[str, object]) -> int:
        """Return how many rows a statement changed; an update counts those that it found.

        Raises:
            ConstraintViolated: there is a row with this key.
        """
        return await self._written(query, self._changed(query, values))

    async def insert(self, query: Query, values: Mapping[str, object]) -> int:
        """Return the id that the server made for a new row.

        Raises:
            ConstraintViolated: there is a row with this key.
        """
        return await self._written(query, self._added(query, values))

    async def begin(self) -> None:
        """Begin a transaction."""
        await self._run("BEGIN")

    async def commit(self) -> None:
        """Make the changes of a transaction last."""
        await self._run("COMMIT")

    async def rollback(self) -> None:
        """Undo a transaction."""
        await self._run("ROLLBACK")

    async def query(self, sql: str | bytes, unbuffered: bool = False) -> int:
        """Ask the server, and have it stop if nobody waits for the answer any more."""
        try:
            affected: int = await super().query(sql, unbuffered)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            if self.stopper is not None:
                self.stopper.stop(self.thread_id())
            raise
        return affected

    async def ensure_closed(self) -> None:
        """Say goodbye, and wait a moment for the answer."""
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await super().ensure_closed()
        except TimeoutError:
            self.close()

    async def dismiss(self) -> None:
        """Close it, whatever state it is in; the stopper ends what it was doing."""
        with suppress(Exception):
            await self.ensure_closed()
        self.close()

    async def _found(
        self,
        query: Query,
        values: Mapping[str, object],
    ) -> Sequence[tuple[Any, ...]]:
        async with self.cursor() as cursor:
            await cursor.execute(query.sql, query.arguments(values))
            found: Sequence[tuple[Any, ...]] = await cursor.fetchall()
            return found

    async def _changed(self, query: Query, values: Mapping[str, object]) -> int:
        async with self.cursor() as cursor:
            return int(await cursor.execute(query.sql, query.arguments(values)))

    async def _added(self, query: Query, values: Mapping[str, object]) -> int:
        async with self.cursor() as cursor:
            await cursor.execute(query.sql, query.arguments(values))
            return int(cursor.lastrowid)

    async def _written(self, query: Query, written: Awaitable[int]) -> int:
        try:
            return await self._answer(query.sql, written)
        except IntegrityError as error:
            name = violated_constraint(error, query.sql)
            if name is None:
                raise
            raise ConstraintViolated(name, reason(error)) from None

    async def _run(self, sql: str) -> None:
        await self._answer(sql, self.query(sql))

    async def _answer(self, sql: str, asked: Awaitable[Answer]) -> Answer:
        """Wait for an answer, within a span if this is traced: it holds no values.

        Raises:
            asyncmy.errors.MySQLError: the server refuses.
            StorageUnavailable: the connection turned out to be closed, whatever the
                driver says to that.
        """
        span = begin_call(*_described(sql)) if is_tracing() else None
        self._is_spoiled = True
        try:
            answer = await asked
        except BaseException as error:
            end_call(span, type(error).__name__)
            if isinstance(error, MySQLError):
                self.is_read_only = is_read_only(error)
                self._is_spoiled = is_spoiling(error)
            elif isinstance(error, Exception) and not self.is_open:
                raise StorageUnavailable(type(error).__name__) from None
            raise
        self._is_spoiled = False
        end_call(span)
        return answer


async def connect(
    settings: DatabaseSettings,
    preparation: Sequence[str] = (),
    stopper: Stopper | None = None,
) -> Connection:
    """Connect to the server, and run statements that prepare the session.

    Raises:
        OSError: the server does not answer in time.
        asyncmy.errors.MySQLError: it can't be reached, or does not let us in.
    """
    url = settings.url.get_secret_value()
    password = unquote_to_bytes(url.password or "")  # text would be sent as Latin-1
    connection = Connection(  # type: ignore[no-untyped-call]
        host=str(url.host).strip("[]"),
        port=url.port,
        user=unquote(url.username or ""),
        password=password,
        database=settings.name,
        charset="utf8mb4",
        ssl=tls_context(settings),
        connect_timeout=settings.connect_wait,
        client_flag=FOUND_ROWS,
        program_name=service_info.NAME,
        autocommit=None,
    )
    try:
        async with asyncio.timeout(settings.connect_wait):
            await connection.connect()
            for statement in preparation:
                await connection.query(statement)
    except BaseException:
        connection.close()
        raise
    connection.stopper = stopper
    connection.made_at = time.monotonic()
    return connection


def tls_context(settings: DatabaseSettings) -> ssl.SSLContext | None:
    """Return how connections are encrypted; None if they are not."""
    if settings.tls is Tls.OFF:
        return None
    context = ssl.create_default_context(cafile=settings.tls_ca)
    if settings.tls is Tls.UNVERIFIED:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _described(sql: str) -> tuple[str, dict[str, Any]]:
    operation = sql.split(maxsplit=1)[0].upper()
    return operation, {
        "db.system.name": "mysql",
        "db.operation.name": operation,
        "db.query.text": sql,
    }
