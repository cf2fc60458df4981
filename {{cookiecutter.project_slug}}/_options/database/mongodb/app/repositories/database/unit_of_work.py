"""A transaction of the database."""

from app.core.measuring import measured
from app.repositories.database.sessions import WriteSession
from app.repositories.database.users import WritableMongoUserRepository
from app.repositories.interfaces.unit_of_work import UnitOfWork


@measured("repository")
class MongoUnitOfWork(UnitOfWork):
    """One transaction, with a session of its own."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self.users = WritableMongoUserRepository(session)

    async def commit(self) -> None:
        await self._session.commit()
