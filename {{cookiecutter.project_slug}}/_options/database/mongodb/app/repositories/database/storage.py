"""Storage of this service in the database: what can be read outside of any transaction."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from app.core.database.mongo_storage import Links, MongoStorage, open_links
from app.core.database.settings import DatabaseSettings
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import MongoAccountRepository
#% endif
from app.repositories.database.constraints import CONSTRAINTS
from app.repositories.database.registration_counts import MongoRegistrationCounts
from app.repositories.database.unit_of_work import DatabaseUnitOfWork
from app.repositories.database.users import MongoUserRepository
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork


class DatabaseStorage(MongoStorage[UnitOfWork], Storage):
    """The database, and the repositories that read from it."""

    def __init__(self, links: Links, settings: DatabaseSettings) -> None:
        super().__init__(
            links,
            settings,
            begin=DatabaseUnitOfWork,
            constraints=CONSTRAINTS,
        )
        self.users = MongoUserRepository(self.reads)
        self.registrations = MongoRegistrationCounts(self.reads)
#% if cookiecutter.auth == "jwt"
        self.accounts = MongoAccountRepository(self.primary)
#% endif


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with (
        open_links(settings) as links,
        aclosing(DatabaseStorage(links, settings)) as storage,
    ):
        yield storage
