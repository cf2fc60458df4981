"""Connections to MySQL and MariaDB."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from asyncmy.connection import Connection as DriverConnection
from asyncmy.constants.CLIENT import FOUND_ROWS
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from app import about
from app.core.database import DatabaseSettings, Tls
from app.repositories.database.connector import Connector
from app.repositories.database.engines import Engines
from app.repositories.database.pool import Pool
from app.repositories.database.statements import trace_statements
from app.repositories.database.stopping import Stopper, open_stopper

DIALECT = "mysql+asyncmy://"
"""All that SQLAlchemy is told: `connect` reads the settings."""

GOODBYE_SECONDS = 0.25
"""How long a connection may take to close; a frozen server never lets go of TLS."""

SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
"""Values that don't fit are refused, whatever the server's own setting."""

_DUPLICATE_ENTRY = 1062
_DEADLOCK = 1213
_UNAVAILABLE = {
    1021,  # disk full
    1040,  # too many connections
    1044,  # access to the database denied
    1045,  # access denied
    1049,  # unknown database
    1053,  # server shutdown in progress
    1203,  # too many connections of this user
    1205,  # lock wait timeout
    _DEADLOCK,
    1290,  # the server is read-only now
    1317,  # query execution was interrupted
    1836,  # the server is read-only now
    1927,  # connection was killed
    1969,  # statement timeout (MariaDB)
    3024,  # statement timeout (MySQL)
}
_CLIENT_ERRORS = range(2000, 3000)
"""The driver's own: it can't connect, or lost the connection."""


class Connection(DriverConnection):
    """A connection that is closed in no time, whatever the server does.

    `stopper` ends on the server what is cancelled here.
    """

    stopper: Stopper | None = None

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


async def connect(settings: DatabaseSettings, session: str) -> Connection:
    """Connect to the server, and set variables of the session, if any: `name = value, …`.

    Updates report the rows that they found, also if nothing changed in them.

    Raises:
        TimeoutError: the server does not answer in time.
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
        program_name=about.NAME,
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
    async with (
        _open_pool(settings.for_reads or settings, "AUTOCOMMIT") as reads,
        _open_pool(settings, "READ COMMITTED") as writes,
    ):
        primary = writes if settings.for_reads else reads
        yield Engines(reads=reads, writes=writes, primary=primary)


def tls_context(settings: DatabaseSettings) -> ssl.SSLContext | None:
    """Return how connections are encrypted; None if they are not."""
    if settings.tls is Tls.OFF:
        return None
    context = ssl.create_default_context(cafile=settings.tls_ca)
    if settings.tls is Tls.UNVERIFIED:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def violated_constraint(error: IntegrityError) -> str | None:
    """Return the name of the key or unique constraint that was violated, if it was one.

    The server calls every table's primary key `PRIMARY`; the statement tells whose it is.
    """
    code, message = _code_and_message(error)
    if code != _DUPLICATE_ENTRY:
        return None
    found = re.search(r"for key '(?:.*\.)?([^'.]+)'$", message)
    if found and found[1] == "PRIMARY":
        table = re.match(r"INSERT INTO `?(\w+)", error.statement or "")
        return f"pk_{table[1]}" if table else None
    return found[1] if found else None


def is_unavailable(error: DBAPIError) -> bool:
    """Return whether the same question may well be answered later.

    Source: https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
    """
    code = error_code(error)
    return code in _UNAVAILABLE or code in _CLIENT_ERRORS


def is_lost(error: DBAPIError) -> bool:
    """Return whether the transaction was undone for the sake of another one."""
    return error_code(error) == _DEADLOCK


def reason(error: DBAPIError) -> str:
    """Return what went wrong, without the values that it went wrong with."""
    code, message = _code_and_message(error)
    # Other messages quote the statement, with its values.
    return f"{code}: {message}" if is_unavailable(error) else f"error {code}"


def error_code(error: DBAPIError) -> int:
    """Return the number by which MySQL tells errors apart; 0 if it was not asked."""
    return _code_and_message(error)[0]


@asynccontextmanager
async def _open_pool(
    settings: DatabaseSettings,
    isolation_level: Any,
) -> AsyncIterator[Pool]:
    async with open_stopper(partial(connect, settings, "")) as stopper:
        engine = create_async_engine(
            DIALECT,
            async_creator=Connector(
                connect=partial(_connect_stoppable, settings, stopper),
                discard=Connection.close,
            ),
            isolation_level=isolation_level,
            skip_autocommit_rollback=isolation_level == "AUTOCOMMIT",
            hide_parameters=True,
            pool_size=settings.pool.size,
            max_overflow=settings.pool.overflow,
            pool_timeout=settings.pool.wait,
            pool_recycle=settings.pool.recycle,
            pool_pre_ping=settings.pool.pre_ping,
        )
        trace_statements(engine)
        try:
            yield Pool(engine, settings.pool)
        finally:
            await engine.dispose()


async def _connect_stoppable(
    settings: DatabaseSettings,
    stopper: Stopper,
) -> Connection:
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


def _code_and_message(error: DBAPIError) -> tuple[int, str]:
    arguments = error.orig.args if error.orig else ()
    code, message, *_ = (*arguments, 0, "")
    return (code, str(message)) if isinstance(code, int) else (0, str(code))
