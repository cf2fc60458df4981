"""Connections opened and closed, transactions begun and ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pymongo.asynchronous.client_session import AsyncClientSession

from app.core.database import DatabaseSettings
from app.repositories.database.client import Client, open_client, require_transactions
from app.repositories.database.errors import translated_errors
from app.repositories.database.outbox import MongoOutboxQueue
from app.repositories.database.registrations import MongoRegistrationCounts
from app.repositories.database.schema import USERS
from app.repositories.database.sessions import (
    DirectSession,
    ReadSession,
    WriteSession,
)
from app.repositories.database.turns import Turns
from app.repositories.database.unit_of_work import MongoUnitOfWork
from app.repositories.database.users import MongoUserRepository
from app.repositories.interfaces.errors import StorageUnavailable
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork


class MongoStorage(Storage):
    """One database, behind a pool of connections."""

    def __init__(self, client: Client, settings: DatabaseSettings) -> None:
        self._client = client
        self._database = client[settings.name]
        self._deadline = settings.deadline
        self._reads = ReadSession(self._database, self._deadline)
        self.users = MongoUserRepository(self._reads)
        self.outbox = MongoOutboxQueue(DirectSession(self._database, self._deadline))
        self.registrations = MongoRegistrationCounts(self._reads)
        self._turns = Turns()
        self._endings: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._turns.taken() as wait:
            session = self._client.start_session()
            transaction = WriteSession(self._database, session, self._deadline, wait)
            await transaction.begin()
            patient = True
            try:
                work = MongoUnitOfWork(transaction)
                yield work
            except StorageUnavailable:
                patient = False  # whoever waits for the answer has waited long enough
                raise
            finally:
                ending = self._end(session)
                if patient:
                    await asyncio.shield(ending)
        if work.outbox.added:
            self.outbox.arrivals.set()

    async def ping(self) -> None:
        async with translated_errors(self._deadline):
            await require_transactions(self._client)
        await self._reads.find(USERS, {}, limit=1)  # also asks for the right to read

    async def close(self) -> None:
        """Wait for transactions that are being undone."""
        await asyncio.gather(*self._endings)

    def _end(self, session: AsyncClientSession) -> asyncio.Task[None]:
        """Undo what is not committed, even if the task that began it is cancelled.

        Otherwise the server would hold what was written locked until it ends the transaction
        itself, by default after a minute.
        """
        ending = asyncio.create_task(session.end_session())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        return ending


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with open_client(settings, settings.deadline) as client:
        storage = MongoStorage(client, settings)
        try:
            yield storage
        finally:
            await storage.close()
