"""Connections to MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pymongo import AsyncMongoClient

from app.core.database.monitoring import Listener
from app.core.database.settings import DatabaseSettings
from app.core.service_info import NAME

Document = dict[str, Any]

Client = AsyncMongoClient[Document]


class NoTransactions(Exception):
    """The server can't do what this service needs of it; the message says what to do."""


CLOSE_SECONDS = 2
"""How long a client may take to say goodbye."""


@asynccontextmanager
async def open_client(
    settings: DatabaseSettings,
    deadline: float | None,
    listeners: Sequence[Listener] = (),
) -> AsyncIterator[Client]:
    """Open a pool of connections as `new_client` does, and close it on leaving."""
    client = new_client(settings, deadline, listeners)
    try:
        yield client
    finally:
        await close(client)


def new_client(
    settings: DatabaseSettings,
    deadline: float | None,
    listeners: Sequence[Listener] = (),
) -> Client:
    """Return a pool of connections, each made when it is first needed.

    `deadline` is in seconds, for each operation with the wait for a free connection; the
    server keeps it too. None lets operations take as long as they need, once there is a
    server that answers. The driver tells `listeners` what it does.
    """
    return Client(
        str(settings.url.get_secret_value()),
        appname=NAME,
        tz_aware=True,
        uuidRepresentation="standard",
        w="majority",
        readConcernLevel="majority",
        readPreference=settings.reads,
        timeoutMS=deadline and _milliseconds(deadline),
        serverSelectionTimeoutMS=_milliseconds(settings.deadline),
        connectTimeoutMS=_milliseconds(settings.connect_wait),
        maxPoolSize=settings.pool.size,
        minPoolSize=settings.pool.kept,
        maxIdleTimeMS=_milliseconds(settings.pool.idle),
        event_listeners=listeners,
    )


async def close(client: Client) -> None:
    """Close all connections; a client that does not end is left to itself after a while."""
    closing = asyncio.create_task(client.close())
    await asyncio.wait((closing,), timeout=CLOSE_SECONDS)
    closing.cancel()


async def require_transactions(client: Client) -> None:
    """Return if the server answers and takes transactions; costs one round trip.

    Raises:
        NoTransactions: it is a lone server, or a member that is not the primary.
        pymongo.errors.PyMongoError: it can't be reached.
    """
    server = await client.admin.command("hello")
    in_cluster = "setName" in server or server.get("msg") == "isdbgrid"
    if not in_cluster:
        raise NoTransactions(
            "the server is not part of a replica set, which transactions need: "
            "start it with --replSet, then run rs.initiate() once",
        )
    if not server["isWritablePrimary"]:
        raise NoTransactions("the server is not the primary of its replica set")


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
