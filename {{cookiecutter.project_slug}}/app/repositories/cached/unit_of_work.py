"""A transaction after which nothing is kept of what it changed."""

from app.core.cache.pending_invalidations import Written
from app.repositories.cached.kept import Kept
from app.repositories.cached.users import TrackedUserRepository
from app.repositories.interfaces.unit_of_work import UnitOfWork


class CachedUnitOfWork(UnitOfWork):
    """Forgets what it wrote once it is committed, so that everybody reads it anew.

    If storage commits after it has failed to answer, or this process is killed in between,
    what is kept is out of date until its lifetime is over.
    """

    def __init__(self, work: UnitOfWork, kept: Kept) -> None:
        self._work = work
        self._kept = kept
        self._written = Written()
        self.users = TrackedUserRepository(work.users, kept.users, self._written)
        self.idempotency = work.idempotency
        self.outbox = work.outbox
        self.inbox = work.inbox
        self.registrations = work.registrations
#% if cookiecutter.auth == "jwt"
        self.accounts = work.accounts
#% endif

    async def commit(self) -> None:
        try:
            await self._work.commit()
        finally:
            # Also after an error: storage may have committed without being able to say so.
            await self._kept.forget(self._written)
