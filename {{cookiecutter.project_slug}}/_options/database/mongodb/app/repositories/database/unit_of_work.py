"""A transaction of the database."""

from app.core.database.idempotency import MongoIdempotencyRecords
from app.core.database.outbox import MongoInbox, MongoOutbox
from app.core.database.sessions import WriteSession
from app.core.observability.instrumentation import measured
#% if cookiecutter.auth == "jwt"
from app.repositories.database.accounts import WritableMongoAccountRepository
#% endif
from app.repositories.database.registration_counts import (
    WritableMongoRegistrationCounts,
)
from app.repositories.database.users import WritableMongoUserRepository
from app.repositories.interfaces.unit_of_work import UnitOfWork


@measured("repository")
class MongoUnitOfWork(UnitOfWork):
    """One transaction, with a session of its own."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self.users = WritableMongoUserRepository(session)
        self.idempotency = MongoIdempotencyRecords(session)
        self.outbox = MongoOutbox(session)
        self.inbox = MongoInbox(session)
        self.registrations = WritableMongoRegistrationCounts(session)
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableMongoAccountRepository(session)
#% endif

    async def commit(self) -> None:
        await self._session.commit()
