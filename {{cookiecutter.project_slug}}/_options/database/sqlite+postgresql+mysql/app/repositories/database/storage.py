"""Storage of this service in the database: what can be read outside of any transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.core.database.driver import open_engines
from app.core.database.engines import Engines
from app.core.database.settings import DatabaseSettings
from app.core.database.sql_storage import SqlStorage
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import SqlAccountRepository
#% endif
from app.repositories.database.constraints import CONSTRAINTS
from app.repositories.database.registration_counts import SqlRegistrationCounts
from app.repositories.database.unit_of_work import DatabaseUnitOfWork
from app.repositories.database.users import SqlUserRepository
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork


class DatabaseStorage(SqlStorage[UnitOfWork], Storage):
    """The database, and the repositories that read from it."""

    def __init__(self, engines: Engines, deadline: float) -> None:
        super().__init__(
            engines,
            deadline,
            begin=DatabaseUnitOfWork,
            constraints=CONSTRAINTS,
        )
        self.users = SqlUserRepository(self.reads)
        self.registrations = SqlRegistrationCounts(self.reads)
#% if cookiecutter.auth == "jwt"
        self.accounts = SqlAccountRepository(self.primary)
#% endif


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with open_engines(settings) as engines:
        yield DatabaseStorage(engines, settings.deadline)
