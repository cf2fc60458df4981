"""Connections to MySQL and MariaDB."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import unquote, unquote_to_bytes

from asyncmy.connection import Connection as DriverConnection
from asyncmy.constants.CLIENT import FOUND_ROWS
from asyncmy.errors import MySQLError

from app.core import service_info
from app.core.database.connection import Connection, Connector
from app.core.database.engines import Engines
from app.core.database.pool import Pool
from app.core.database.settings import DatabaseSettings, Tls
from app.core.database.stopping import Stopper, open_stopper

DIALECT = "mysql+asyncmy://"
"""All that SQLAlchemy is told: `connect` reads the settings."""

GOODBYE_SECONDS = 0.25
"""How long a connection may take to close; a frozen server never lets go of TLS."""

SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
"""Values that don't fit are refused, whatever the server's own setting."""


class ServerConnection(DriverConnection):
    """A connection that is closed in no time, whatever the server does.

    `stopper` ends on the server what is cancelled here.
    """

    stopper: Stopper | None = None

    @property
    def is_open(self) -> bool:
        """Whether nothing is known to have closed it."""
        return not self._stream_broken  # type: ignore[attr-defined]

    async def answers(self) -> bool:
        """Whether the server answers."""
        try:
            await self.ping(reconnect=False)
        except (OSError, MySQLError):
            return False
        return True

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

    async def hang_up(self) -> None:
        """Close it; what it was doing is ended by the stopper."""
        await self.ensure_closed()


async def connect(settings: DatabaseSettings, session: str) -> ServerConnection:
    """Connect to the server, and set variables of the session, if any: `name = value, …`.

    Updates report the rows that they found, also if nothing changed in them.

    Raises:
        TimeoutError: the server does not answer in time.
        asyncmy.errors.MySQLError: it can't be reached, or does not let us in.
    """
    url = settings.url.get_secret_value()
    password = unquote_to_bytes(url.password or "")  # text would be sent as Latin-1
    connection = ServerConnection(  # type: ignore[no-untyped-call]
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
        init_command=f"SET SESSION {session}" if session else None,
        autocommit=None,
    )
    async with asyncio.timeout(settings.connect_wait):
        await connection.connect()
    return connection


@asynccontextmanager
async def open_engines(settings: DatabaseSettings) -> AsyncIterator[Engines]:
    """Open a pool for reads, each of which is one round trip, and one for transactions.

    Transactions see what others have committed: `REPEATABLE READ`, the server's own
    choice, locks gaps between rows as well, and so runs into more deadlocks.
    """
    for_reads = settings.for_reads or settings
    async with (
        open_stopper(partial(connect, for_reads, "")) as stopper_of_reads,
        open_stopper(partial(connect, settings, "")) as stopper,
    ):
        reads = _pool(for_reads, stopper_of_reads, "AUTOCOMMIT")
        writes = _pool(settings, stopper, "READ COMMITTED")
        primary = writes if settings.for_reads else reads
        engines = Engines(reads=reads, writes=writes, primary=primary)
        try:
            yield engines
        finally:
            await engines.close()


def tls_context(settings: DatabaseSettings) -> ssl.SSLContext | None:
    """Return how connections are encrypted; None if they are not."""
    if settings.tls is Tls.OFF:
        return None
    context = ssl.create_default_context(cafile=settings.tls_ca)
    if settings.tls is Tls.UNVERIFIED:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _pool(
    settings: DatabaseSettings,
    stopper: Stopper,
    isolation_level: str,
) -> Pool:
    connector = Connector(
        DIALECT,
        partial(_connect_stoppable, settings, stopper),
        wait=settings.connect_wait,
        autocommit=isolation_level == "AUTOCOMMIT",
        isolation_level=isolation_level,
    )
    ping = Connection.answers if settings.pool.pre_ping else None
    return Pool(connector, settings.pool, ping)


async def _connect_stoppable(
    settings: DatabaseSettings,
    stopper: Stopper,
) -> ServerConnection:
    connection = await connect(settings, _session(settings))
    connection.stopper = stopper
    return connection


def _session(settings: DatabaseSettings) -> str:
    """Return the variables of a session.

    What takes longer than the deadline is ended by the server, even if this process is gone.
    MariaDB reads the first kind of comment, MySQL the second.

    Source: https://mariadb.com/docs/server/reference/sql-structure/comment-syntax
    """
    return (
        f"sql_mode = '{SQL_MODE}', time_zone = '+00:00', "
        f"innodb_lock_wait_timeout = {settings.lock_wait}"
        f"/*M! , max_statement_time = {settings.deadline} */"
        f"/*!50700 , max_execution_time = {round(settings.deadline * 1000)} */"
    )
