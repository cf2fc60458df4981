"""A transaction of this service in the database."""

from app.core.database.sessions import WriteSession
from app.core.database.sql_storage import SqlUnitOfWork
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import WritableSqlAccountRepository
#% endif
from app.repositories.database.registration_counts import WritableSqlRegistrationCounts
from app.repositories.database.users import WritableSqlUserRepository
from app.repositories.interfaces.unit_of_work import UnitOfWork


class DatabaseUnitOfWork(SqlUnitOfWork, UnitOfWork):
    """One transaction, and the repositories that write within it."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self.users = WritableSqlUserRepository(session)
        self.registrations = WritableSqlRegistrationCounts(session)
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableSqlAccountRepository(session)
#% endif
