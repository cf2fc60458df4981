"""Transactions: several writes that happen together or not at all."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

from app.core.events.outbox import Inbox, Outbox
from app.core.idempotency.repository import IdempotencyRecords


class UnitOfWork(ABC):
    """One transaction, and the repositories that take part in it, as it sees them.

    Implementations set each of them when a transaction begins. A service adds its own.

    Source: Martin Fowler, "Unit of Work", Patterns of Enterprise Application Architecture,
    https://martinfowler.com/eaaCatalog/unitOfWork.html
    """

    idempotency: IdempotencyRecords
    outbox: Outbox
    inbox: Inbox

    @abstractmethod
    async def commit(self) -> None:
        """Make everything written so far last.

        Raises:
            StorageUnavailable: storage did not answer; the outcome is unknown.
        """


Work = TypeVar("Work", bound=UnitOfWork)
"""The unit of work of a service, with the repositories of its own."""

UnitOfWorkFactory = Callable[[], AbstractAsyncContextManager[Work]]
"""Begins a unit of work; leaving it without `commit` undoes all that it wrote."""
