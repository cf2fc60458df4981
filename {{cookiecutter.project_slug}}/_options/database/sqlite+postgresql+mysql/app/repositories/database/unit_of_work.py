"""A transaction of the database."""

from app.repositories.database.idempotency import SqlIdempotencyRecords
from app.repositories.database.sessions import WriteSession
from app.repositories.database.users import WritableSqlUserRepository
from app.repositories.interfaces.unit_of_work import UnitOfWork


class SqlUnitOfWork(UnitOfWork):
    """One transaction, with a connection of its own."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session
        self.users = WritableSqlUserRepository(session)
        self.idempotency = SqlIdempotencyRecords(session)

    async def commit(self) -> None:
        await self._session.commit()
