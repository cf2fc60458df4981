"""Storage of this service in the database: its resources, and the transactions on them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.core.database.driver import open_engines
from app.core.database.engines import Engines
from app.core.database.entity_cache import PendingInvalidations
from app.core.database.entity_table import EntityTable
from app.core.database.sessions import WriteSession
from app.core.database.settings import DatabaseSettings
from app.core.database.sql_storage import SqlStorage, SqlUnitOfWork
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import (
    SqlAccountRepository,
    WritableSqlAccountRepository,
)
#% endif
from app.repositories.database.registration_counts import (
    SqlRegistrationCounts,
    WritableSqlRegistrationCounts,
)
from app.repositories.database.users import (
    USERS,
    SqlUserRepository,
    WritableSqlUserRepository,
)
from app.repositories.interfaces.storage import Storage, UnitOfWork

RESOURCES: Sequence[EntityTable[Any]] = (USERS,)
"""All resources: they are cached by id, and their constraints become their own errors."""


class DatabaseStorage(SqlStorage[UnitOfWork], Storage):
    """The database, and the repositories that read from it."""

    def __init__(self, engines: Engines, deadline: float) -> None:
        super().__init__(
            engines,
            deadline,
            begin=DatabaseUnitOfWork,
            resources=RESOURCES,
        )
        self.users = SqlUserRepository(USERS, self.reads, self.entities)
        self.registrations = SqlRegistrationCounts(self.reads)
#% if cookiecutter.auth == "jwt"
        self.accounts = SqlAccountRepository(self.primary)
#% endif


class DatabaseUnitOfWork(SqlUnitOfWork, UnitOfWork):
    """One transaction, and the repositories that write within it."""

    def __init__(self, session: WriteSession, pending: PendingInvalidations) -> None:
        super().__init__(session, pending)
        self.users = WritableSqlUserRepository(USERS, session, pending)
        self.registrations = WritableSqlRegistrationCounts(session)
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableSqlAccountRepository(session)
#% endif


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with open_engines(settings) as engines:
        yield DatabaseStorage(engines, settings.deadline)
