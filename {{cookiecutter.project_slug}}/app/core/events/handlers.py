"""What handlers of events have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic

from app.core.database.unit_of_work import Work
from app.core.events.event import Event


class Handler(ABC, Generic[Work]):
    """Does something because of an event.

    What it writes to the unit of work takes effect once, however often the event is delivered.
    What it does elsewhere may happen again: hand the event's id on to whoever can tell by it.
    Whatever it raises undoes its unit of work, and the event is delivered to it again later.
    """

    name: ClassVar[str]
    """The inbox knows it by this; under a new name, it would deal with old events again."""

    @abstractmethod
    async def handle(self, event: Event, work: Work) -> None:
        """Do it, without committing."""


Handlers = Mapping[str, Sequence[Handler[Work]]]
"""Who hears of which events, by the events' name."""
