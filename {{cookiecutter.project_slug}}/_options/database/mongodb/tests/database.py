"""The MongoDB databases that tests use: made for them, with names of their own, and dropped."""

import asyncio
import atexit
import os
import signal
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

from pydantic import ValidationError
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from app.core.database.settings import DatabaseSettings
from app.core.settings import explain
from migrations.database import reason
from tests.core.no_server import NoServer
from tests.mongod import running_mongod

VARIABLE = "TEST_DATABASE_URL"
STANDARD_URL = "mongodb://localhost:27017"

PATIENCE = 8
"""Seconds."""

OUTLIVES_CLIENTS = True
"""Whether a transaction whose client was killed is held open until its time is over."""


@contextmanager
def temporary_database() -> Iterator[DatabaseSettings]:
    """Make an empty database, and drop it on leaving.

    It is on the first server of these: the one that `TEST_DATABASE_URL` names; the one on
    the standard port of this machine, if it takes transactions from anybody; one that is
    started for the tests.
    """
    with _termination_like_interruption():
        settings = _settings(_server())
        try:
            yield settings
        finally:
            _drop(settings)


def on_port(settings: DatabaseSettings, port: int) -> DatabaseSettings:
    """Return the way to the same database through another port of this machine."""
    parts = urlsplit(str(settings.url.get_secret_value()))
    _, _, address = parts.netloc.rpartition("@")
    netloc = parts.netloc.removesuffix(address) + f"127.0.0.1:{port}"
    return DatabaseSettings.model_validate(
        {"url": parts._replace(netloc=netloc).geturl()},
    )


def patient(settings: DatabaseSettings) -> DatabaseSettings:
    """Return a way to the same database that takes its time: machines that run tests do."""
    return settings.model_copy(update={"deadline": PATIENCE})


def out_of_reach(settings: DatabaseSettings) -> DatabaseSettings:
    """Return the way to where there is no server."""
    return on_port(settings, 1)


async def connect_to(settings: DatabaseSettings) -> tuple[StreamReader, StreamWriter]:
    """Connect to the server."""
    parts = urlsplit(str(settings.url.get_secret_value()))
    return await asyncio.open_connection(parts.hostname, parts.port or 27017)


def _server() -> str:
    found = _look_for_server()
    if isinstance(found, NoServer):
        raise NoServer(str(found))
    return found


@cache
def _look_for_server() -> str | NoServer:
    """Return the URL of a server. One that is started here lives as long as this process."""
    given = os.environ.get(VARIABLE)
    if given:
        refusal = _refusal(given, seconds=5)
        return NoServer(f"{VARIABLE} can't be used: {refusal}") if refusal else given
    if not _refusal(STANDARD_URL, seconds=0.3):
        return STANDARD_URL
    stack = ExitStack()
    atexit.register(stack.close)
    try:
        return stack.enter_context(running_mongod())
    except NoServer as error:
        return NoServer(
            f"{error}\nThere is no MongoDB to test with. Or set {VARIABLE} to a replica "
            "set, start one on localhost:27017, or put a `mongod` on the PATH.",
        )


def _refusal(url: str, seconds: float) -> str | None:
    """Say why a server can't be used for tests, after trying all that they need."""
    try:
        settings = _settings(url, deadline=seconds)
        with _client(settings) as client:
            documents = client[settings.name]["probes"]
            with client.start_session() as session, session.start_transaction():
                documents.insert_one({}, session=session)
            client.drop_database(settings.name)
    except ValidationError as error:
        return explain(error)
    except PyMongoError as error:
        return reason(error)
    return None


def _settings(url: str, **others: float) -> DatabaseSettings:
    """Return the way to a new database.

    Who logs in is looked up where it was before, and the driver stays with the server that
    is named: it may be a proxy, which the replica set does not know of.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if parts.username:
        options.setdefault("authSource", [parts.path.removeprefix("/") or "admin"])
    if parts.scheme == "mongodb" and "," not in parts.netloc:
        options.setdefault("directConnection", ["true"])
    query = urlencode(options, doseq=True)
    parts = parts._replace(path=f"/test_{uuid4().hex}", query=query)
    return DatabaseSettings.model_validate({"url": parts.geturl(), **others})


def _drop(settings: DatabaseSettings) -> None:
    with _client(settings) as client:
        client.drop_database(settings.name)


def _client(settings: DatabaseSettings) -> MongoClient[dict[str, object]]:
    return MongoClient(
        str(settings.url.get_secret_value()),
        serverSelectionTimeoutMS=round(settings.deadline * 1000),
    )


@contextmanager
def _termination_like_interruption() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does: pytest then tidies up before it stops."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
