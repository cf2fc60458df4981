"""The way to a database: a client of the driver, replaced by a new one if it is stuck."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import structlog

from app.core.database.calls import Calls
from app.core.database.client import Client, close, new_client
from app.core.database.monitoring import CountedConnections, listeners
from app.core.database.settings import DatabaseSettings
from app.core.database.storage import PoolUsage

logger = structlog.get_logger()


class ClientUser(Protocol):
    """Uses a client for as long as the process lives."""

    def use(self, client: Client, calls: Calls) -> None:
        """Go on with another client."""


class Link:
    """A client of the driver and its sessions, which go on with a new client if it is stuck."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._users: list[ClientUser] = []
        self._closing: asyncio.Task[None] | None = None
        self._open()

    @property
    def usage(self) -> PoolUsage:
        """How connections are used at the moment."""
        return self._connections.usage

    def calls(self) -> Calls:
        """Return what runs calls of the client that is in use now."""
        return Calls(partial(self._replace, self.client))

    def lend(self, user: ClientUser) -> None:
        """Tell a user of the client whenever it is replaced."""
        self._users.append(user)

    async def close(self) -> None:
        """Close the client, and wait for one that it has replaced."""
        await close(self.client)
        if self._closing is not None:
            await self._closing

    def _open(self) -> None:
        settings = self._settings
        self._connections = CountedConnections()
        told = listeners(self._connections)
        self.client = new_client(settings, settings.deadline, told)
        self.database = self.client[settings.name]

    def _replace(self, stuck: Client) -> None:
        """Replace a client once, and no other one while the last is being closed."""
        is_closing = self._closing is not None and not self._closing.done()
        if stuck is not self.client or is_closing:
            return
        logger.error("database_client_replaced")
        self._open()
        for user in self._users:
            user.use(self.client, self.calls())
        self._closing = asyncio.create_task(close(stuck))


@asynccontextmanager
async def open_link(settings: DatabaseSettings) -> AsyncIterator[Link]:
    """Open the way to a database, and close it on leaving."""
    link = Link(settings)
    try:
        yield link
    finally:
        await link.close()
