"""A transaction in memory."""

from app.core.observability.instrumentation import measured
from app.repositories.interfaces.unit_of_work import UnitOfWork
#% if cookiecutter.auth == "jwt"
from app.repositories.memory.accounts import WritableMemoryAccountRepository
#% endif
from app.repositories.memory.idempotency import MemoryIdempotencyRecords
from app.repositories.memory.outbox import MemoryInbox, MemoryOutbox
from app.repositories.memory.registration_counts import WritableMemoryRegistrationCounts
from app.repositories.memory.rows import Rows
from app.repositories.memory.users import WritableMemoryUserRepository


@measured("repository")
class MemoryUnitOfWork(UnitOfWork):
    """Works on a copy of the rows, which they become on commit."""

    def __init__(self, committed: Rows) -> None:
        self._committed = committed
        self._working = committed.copy()
        self.users = WritableMemoryUserRepository(self._working.users)
        self.idempotency = MemoryIdempotencyRecords(self._working.idempotency_keys)
        self.outbox = MemoryOutbox(self._working.outbox)
        self.inbox = MemoryInbox(self._working.inbox)
        self.registrations = WritableMemoryRegistrationCounts(
            self._working.registrations,
        )
#% if cookiecutter.auth == "jwt"
        self.accounts = WritableMemoryAccountRepository(self._working)
#% endif

    async def commit(self) -> None:
        self._committed.become(self._working)
