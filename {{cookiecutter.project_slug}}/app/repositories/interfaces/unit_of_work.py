"""Transactions: several writes that happen together or not at all."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from app.core.events.outbox import Inbox, Outbox
from app.core.idempotency.repository import IdempotencyRecords
#% if cookiecutter.auth == "jwt"
from app.repositories.interfaces.accounts import WritableAccountRepository
#% endif
from app.repositories.interfaces.registration_counts import WritableRegistrationCounts
from app.repositories.interfaces.users import WritableUserRepository


class UnitOfWork(ABC):
    """One transaction, and the repositories that take part in it, as it sees them.

    Implementations set each of them when a transaction begins.

    Source: Martin Fowler, "Unit of Work", Patterns of Enterprise Application Architecture,
    https://martinfowler.com/eaaCatalog/unitOfWork.html
    """

    users: WritableUserRepository
    idempotency: IdempotencyRecords
    outbox: Outbox
    inbox: Inbox
    registrations: WritableRegistrationCounts
#% if cookiecutter.auth == "jwt"
    accounts: WritableAccountRepository
#% endif

    @abstractmethod
    async def commit(self) -> None:
        """Make everything written so far last.

        Raises:
            StorageUnavailable: storage did not answer; the outcome is unknown.
        """


UnitOfWorkFactory = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Begins a unit of work; leaving it without `commit` undoes all that it wrote."""
