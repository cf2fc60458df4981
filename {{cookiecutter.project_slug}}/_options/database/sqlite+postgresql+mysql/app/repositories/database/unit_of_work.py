"""A transaction of the database."""

from app.core.database.idempotency import SqlIdempotencyRecords
from app.core.database.outbox import SqlInbox, SqlOutbox
from app.core.database.sessions import WriteSession
from app.core.observability.instrumentation import measured
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import WritableSqlAccountRepository
#% endif
from app.repositories.database.registration_counts import WritableSqlRegistrationCounts
from app.repositories.database.users import WritableSqlUserRepository
from app.repositories.interfaces.unit_of_work import UnitOfWork


@measured("repository")
class SqlUnitOfWork(UnitOfWork):
    """One transaction, with a connection of its own."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self.users = WritableSqlUserRepository(session)
        self.idempotency = SqlIdempotencyRecords(session)
        self.outbox = SqlOutbox(session)
        self.inbox = SqlInbox(session)
        self.registrations = WritableSqlRegistrationCounts(session)
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableSqlAccountRepository(session)
#% endif

    async def commit(self) -> None:
        await self._session.commit()
