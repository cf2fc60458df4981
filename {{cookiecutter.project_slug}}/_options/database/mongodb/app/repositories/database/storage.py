"""Storage of this service in the database: its resources, and the transactions on them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from app.core.database.collections import IDEMPOTENCY_KEYS, INBOX, OUTBOX
from app.core.database.entity_cache import PendingInvalidations
from app.core.database.entity_collection import EntityCollection
from app.core.database.mongo_storage import (
    Links,
    MongoStorage,
    MongoUnitOfWork,
    open_links,
)
from app.core.database.sessions import WriteSession
from app.core.database.settings import DatabaseSettings
#% if cookiecutter.auth == "jwt"
from app.repositories.database.account_schema import ACCOUNT_COLLECTIONS
from app.repositories.database.accounts import (
    MongoAccountRepository,
    WritableMongoAccountRepository,
)
#% endif
from app.repositories.database.registration_counts import (
    REGISTRATIONS_DAILY,
    MongoRegistrationCounts,
    WritableMongoRegistrationCounts,
)
from app.repositories.database.users import (
    USERS,
    MongoUserRepository,
    WritableMongoUserRepository,
)
from app.repositories.interfaces.storage import Storage, UnitOfWork

RESOURCES: Sequence[EntityCollection[Any]] = (USERS,)
"""All resources: they are cached by id, and their constraints become their own errors."""

COLLECTIONS = [
    *(resource.collection for resource in RESOURCES),
    OUTBOX,
    INBOX,
    REGISTRATIONS_DAILY,
    IDEMPOTENCY_KEYS,
#% if cookiecutter.auth == "jwt"
    *ACCOUNT_COLLECTIONS,
#% endif
]
"""All collections, as migrations leave them."""


class DatabaseStorage(MongoStorage[UnitOfWork], Storage):
    """The database, and the repositories that read from it."""

    def __init__(self, links: Links, settings: DatabaseSettings) -> None:
        super().__init__(links, settings, begin=DatabaseUnitOfWork, resources=RESOURCES)
        self.users = MongoUserRepository(USERS, self.reads, self.entities)
        self.registrations = MongoRegistrationCounts(self.reads)
#% if cookiecutter.auth == "jwt"
        self.accounts = MongoAccountRepository(self.primary)
#% endif


class DatabaseUnitOfWork(MongoUnitOfWork, UnitOfWork):
    """One transaction, and the repositories that write within it."""

    def __init__(self, session: WriteSession, pending: PendingInvalidations) -> None:
        super().__init__(session, pending)
        self.users = WritableMongoUserRepository(USERS, session, pending)
        self.registrations = WritableMongoRegistrationCounts(session)
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableMongoAccountRepository(session)
#% endif


@asynccontextmanager
async def open_storage(settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Open storage as set; the first connection is made when it is first needed."""
    async with (
        open_links(settings) as links,
        aclosing(DatabaseStorage(links, settings)) as storage,
    ):
        yield storage
