"""The server's answers are cut off anywhere: that is unavailable, and nothing else."""

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from app.core.database.errors import StorageUnavailable
from app.core.database.settings import DatabaseSettings
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeUser
from tests.database import PATIENCE, connect_to, on_port
from tests.faults.proxy import Connect, Proxy

CUTS = 10

IMPATIENCE = 0.1
"""Seconds to wait for a server that cuts its answers off."""


class CuttingProxy(Proxy):
    """Cuts each connection after so many bytes of the server, but for the driver's first one.

    That one only looks after the server: no call of a repository uses it.
    """

    def __init__(self, connect: Connect, limit: int) -> None:
        super().__init__(connect)
        self._limit = limit
        self._connections = 0
        self.most = 0
        """The most bytes that a connection had, apart from the first."""

    async def _pass_on(
        self,
        reader: StreamReader,
        writer: StreamWriter,
        *,
        count: int,
    ) -> None:
        if count == 0:
            self._connections += 1
            if self._connections > 1:
                await self._pass_some_on(reader, writer)
                return
        await super()._pass_on(reader, writer, count=count)

    async def _pass_some_on(self, reader: StreamReader, writer: StreamWriter) -> None:
        passed = 0
        while passed < self._limit and (data := await reader.read(65536)):
            writer.write(data[: self._limit - passed])
            passed += len(data)
            self.most = max(self.most, passed)
        writer.close()


@asynccontextmanager
async def _cut_after(
    limit: int,
    settings: DatabaseSettings,
    deadline: float,
) -> AsyncIterator[tuple[Storage, CuttingProxy]]:
    proxy = CuttingProxy(lambda: connect_to(settings), limit)
    await proxy.restore()
    database = on_port(settings, proxy.port)
    database = database.model_copy(update={"deadline": deadline})
    try:
        async with open_storage(database) as storage:
            yield storage, proxy
    finally:
        await proxy.close()


@pytest.mark.parametrize("writes", [False, True])
async def test_answer_cut_anywhere_is_unavailable(
    database_settings: DatabaseSettings,
    make_user: MakeUser,
    writes: bool,
) -> None:
    async def work(storage: Storage) -> None:
        if not writes:
            await storage.users.get(uuid4())
            return
        async with storage.unit_of_work() as work:
            await work.users.add(make_user(f"{uuid4()}@example.com"))
            await work.commit()

    async with _cut_after(10**6, database_settings, PATIENCE) as (storage, proxy):
        await work(storage)
        total = proxy.most
    unavailable = 0

    for limit in (1, *range(15, total, total // CUTS)):
        async with _cut_after(limit, database_settings, IMPATIENCE) as (storage, _):
            try:
                await work(storage)
            except StorageUnavailable:
                unavailable += 1

    assert unavailable >= CUTS
