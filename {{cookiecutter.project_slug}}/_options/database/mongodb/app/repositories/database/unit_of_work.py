"""A transaction of this service in the database."""

from app.core.database.mongo_storage import MongoUnitOfWork
from app.core.database.sessions import WriteSession
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import WritableMongoAccountRepository
#% endif
from app.repositories.database.registration_counts import (
    WritableMongoRegistrationCounts,
)
from app.repositories.database.users import WritableMongoUserRepository
from app.repositories.interfaces.unit_of_work import UnitOfWork


class DatabaseUnitOfWork(MongoUnitOfWork, UnitOfWork):
    """One transaction, and the repositories that write within it."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self.users = WritableMongoUserRepository(session)
        self.registrations = WritableMongoRegistrationCounts(session)
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableMongoAccountRepository(session)
#% endif
