"""Storage of events that are on their way, and of what was made of them.

Source: Chris Richardson, "Transactional outbox" and "Idempotent consumer",
https://microservices.io/patterns/data/transactional-outbox.html,
https://microservices.io/patterns/communication-style/idempotent-consumer.html
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.core.events.event import Event
from app.core.events.outbox_message import Backlog, OutboxEntry


class Outbox(ABC):
    """The outbox within a unit of work. Passes `tests/core/events/test_outbox.py`.

    `added` says whether the unit of work announces anything.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    added: bool = False

    @abstractmethod
    async def add(self, event: Event) -> None:
        """Announce an event, as soon as the unit of work is committed, and only then."""

    @abstractmethod
    async def finish(self, entry: OutboxEntry) -> None:
        """Remove an entry: all its handlers are done.

        Raises:
            StaleDelivery: this attempt is not the latest one; leave without committing.
        """


class Inbox(ABC):
    """What handlers have done, within a unit of work. Passes `tests/core/events/test_inbox.py`.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    @abstractmethod
    async def accept(self, handler: str, event_id: UUID, *, at: datetime) -> bool:
        """Note that a handler has dealt with an event; return False if that is noted already.

        Raises:
            RepositoryError: it is being noted by somebody else at the same moment.
        """


class OutboxQueue(ABC):
    """The outbox, as those see it who deliver events. Passes `tests/core/events/test_outbox.py`.

    An entry is due at first when its event occurred. Being leased, begun and postponed, it
    becomes due at a later time, so that an entry is never lost with whoever had it. Every
    method is a transaction of its own.

    `arrivals` is set when a unit of work of this process has announced something.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    arrivals: asyncio.Event

    @abstractmethod
    async def lease(
        self,
        *,
        now: datetime,
        until: datetime,
        limit: int,
    ) -> Sequence[OutboxEntry]:
        """Return up to `limit` entries that are due, those first that are due the longest.

        Each is there once, and nobody else is given it before `until`.
        """

    @abstractmethod
    async def begin(
        self,
        event_id: UUID,
        attempts: int,
        *,
        until: datetime,
    ) -> OutboxEntry | None:
        """Begin one more attempt, and return the entry; it is due again at `until`.

        Returns None if the event is delivered, given up, or was begun by somebody else:
        there have been other than `attempts` attempts.
        """

    @abstractmethod
    async def release(self, entries: Sequence[OutboxEntry]) -> None:
        """Hand entries back: they are due at once, unless others have begun them."""

    @abstractmethod
    async def postpone(
        self,
        entry: OutboxEntry,
        *,
        until: datetime,
        reason: str,
    ) -> bool:
        """Make an entry due later; return False if its attempt is not the latest one."""

    @abstractmethod
    async def hasten(self, *, now: datetime, latest: datetime) -> int:
        """Make entries due now that would be due after `latest`; return how many."""

    @abstractmethod
    async def bury(self, entry: OutboxEntry, *, at: datetime, reason: str) -> bool:
        """Make an entry a dead letter; return False if its attempt is not the latest one."""

    @abstractmethod
    async def backlog(self) -> Backlog:
        """Return how much there is to deliver, and how much was given up."""

    @abstractmethod
    async def list_dead(self, limit: int) -> Sequence[OutboxEntry]:
        """Return up to `limit` dead letters, the oldest event first."""

    @abstractmethod
    async def requeue(self, event_id: UUID | None = None) -> int:
        """Give a dead letter, or all of them, new attempts at once; return how many."""

    @abstractmethod
    async def forget_accepted(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` notes that the inbox made before a time; return how many.

        Those of events that are still in the outbox stay.
        """
