"""Storage in memory."""

from asyncio import Lock
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork
#% if cookiecutter.auth == "jwt"
from app.repositories.memory.accounts import MemoryAccountRepository
#% endif
from app.repositories.memory.outbox import MemoryOutboxQueue
from app.repositories.memory.registration_counts import MemoryRegistrationCounts
from app.repositories.memory.rows import Rows
from app.repositories.memory.unit_of_work import MemoryUnitOfWork
from app.repositories.memory.users import MemoryUserRepository


class MemoryStorage(Storage):
    """Keeps everything in dictionaries; units of work happen one after another."""

    def __init__(self) -> None:
        self.rows = Rows()
        self._one_writer = Lock()
        self.users = MemoryUserRepository(self.rows.users)
        self.outbox = MemoryOutboxQueue(self.rows, self._one_writer)
        self.registrations = MemoryRegistrationCounts(self.rows.registrations)
#% if cookiecutter.auth == "jwt"
        self.accounts = MemoryAccountRepository(self.rows)
#% endif

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        async with self._one_writer:
            work = MemoryUnitOfWork(self.rows)
            yield work
        if work.outbox.added:
            self.outbox.arrivals.set()

    async def ping(self) -> None:
        return None
