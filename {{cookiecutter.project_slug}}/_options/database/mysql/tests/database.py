"""The MySQL databases that tests use: with names of their own, and dropped."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from urllib.parse import urlsplit
from uuid import uuid4

from asyncmy.errors import MySQLError

from app.core.database.connection import Connection, connect
from app.core.database.pool_settings import PoolSettings
from app.core.database.settings import DatabaseSettings
from migrations.database import create_database
from tests.core.no_server import NoServer
from tests.private_server import start_server
from tests.servers import find, termination_like_interruption

STANDARD_URLS = (
    "mysql://root@127.0.0.1:3306/information_schema",
    "mysql://root:root@127.0.0.1:3306/information_schema",
)

_CONNECTION_IDS = "SELECT id FROM processlist WHERE db = %s"
_CONNECTIONS = "SELECT count(*) FROM processlist WHERE db = %s"

PATIENCE = 8
"""Seconds."""

OUTLIVES_CLIENTS = False
"""Whether a transaction whose client was killed is held open until its time is over."""

NAMES_FOREIGN_KEYS = True
"""Whether an error says which foreign key was violated."""

UNCHECKED = PoolSettings(pre_ping=False)
"""Connections that are used as they are, without asking whether they still work."""


@contextmanager
def temporary_database() -> Iterator[DatabaseSettings]:
    """Make an empty database, and drop it on leaving.

    It is on the first server of these: the one that `TEST_DATABASE_URL` names; the one on
    the standard port of this machine, if it lets `root` in; one that is started for the
    tests, from what is installed here.
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
    statement = f"DROP DATABASE IF EXISTS {database.name}"
    asyncio.run(_execute(database.renamed("information_schema"), statement))


def on_port(settings: DatabaseSettings, port: int) -> DatabaseSettings:
    """Return the way to the same database through another port of this machine."""
    parts = urlsplit(str(settings.url.get_secret_value()))
    user, at, _ = parts.netloc.rpartition("@")
    url = parts._replace(netloc=f"{user}{at}127.0.0.1:{port}").geturl()
    return DatabaseSettings.model_validate({**dict(settings), "url": url})


def patient(settings: DatabaseSettings) -> DatabaseSettings:
    """Return a way to the same database that takes its time: machines that run tests do."""
    pool = settings.pool.model_copy(update={"wait": PATIENCE})
    longer = {"deadline": PATIENCE, "lock_wait": PATIENCE, "pool": pool}
    return settings.model_copy(update=longer)


def out_of_reach(settings: DatabaseSettings) -> DatabaseSettings:
    """Return the way to where there is no server."""
    return on_port(settings, 1)


async def connect_to(
    settings: DatabaseSettings,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the server, without saying anything."""
    url = settings.url.get_secret_value()
    return await asyncio.open_connection(url.host, url.port)


async def make_read_only(connection: Connection) -> None:
    """Let a connection refuse writes, as one to a server that became a replica."""
    await connection.query("SET SESSION TRANSACTION READ ONLY")


async def end_connections(settings: DatabaseSettings) -> None:
    """Have the server end all connections to a database."""
    connection = await connect(settings.renamed("information_schema"))
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(_CONNECTION_IDS, [settings.name])
            rows = await cursor.fetchall()
        for [number] in rows:
            with suppress(MySQLError):  # it is gone by now
                await connection.query(f"KILL {number}")
    finally:
        await connection.ensure_closed()


async def connections(settings: DatabaseSettings) -> int:
    """Return how many connections to a database there are."""
    connection = await connect(settings.renamed("information_schema"))
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(_CONNECTIONS, [settings.name])
            [count] = await cursor.fetchone()
        return int(count)
    finally:
        await connection.ensure_closed()


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
    """Say why databases can't be created on a server, after trying it."""
    name = f"test_{uuid4().hex}"
    try:
        asyncio.run(
            _execute(server, f"CREATE DATABASE {name}", f"DROP DATABASE {name}"),
        )
    except (OSError, MySQLError) as error:
        return f"{type(error).__name__}: {error}"
    return None


async def _execute(server: DatabaseSettings, *statements: str) -> None:
    connection = await connect(server, ["SET SESSION lock_wait_timeout = 30"])
    try:
        for statement in statements:
            await connection.query(statement)
    finally:
        await connection.ensure_closed()
