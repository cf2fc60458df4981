"""Storage as `app/core` sees it: what delivers events, begins transactions and is checked."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Generic

from app.core.database.entity_cache import EntityCache
from app.core.database.unit_of_work import Work
from app.core.events.outbox import OutboxQueue
from app.core.observability.health_checks import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUsage:
    """Connections that are open, those in use, and how many callers wait for one."""

    open: int = 0
    in_use: int = 0
    waiting: int = 0


class Storage(ABC, Generic[Work]):
    """Everything this service keeps; opened once for the life of a process.

    What can be read outside of any transaction are its attributes; implementations set them.
    A service adds its own. `entities` caches those that are read by id, once it is enabled.
    """

    outbox: OutboxQueue
    entities: EntityCache

    @abstractmethod
    def unit_of_work(self) -> AbstractAsyncContextManager[Work]:
        """Begin a transaction; leaving it without `commit` undoes all that it wrote."""

    @abstractmethod
    async def ping(self) -> None:
        """Return if storage answers, all of it.

        Raises:
            StorageUnavailable: it does not.
        """

    def checks(self) -> Mapping[str, Check]:
        """Return what asks each part of storage whether it answers, by the part's name."""
        return {"database": self.ping}

    def pool_usage(self) -> PoolUsage:
        """Return how connections are used at the moment; none are, where there are none."""
        return PoolUsage()
