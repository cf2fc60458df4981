"""What a cache promises to the layers that use one.

Nothing is kept in a cache alone, and a cache is never a reason to fail: without it, everything
is loaded from where it is kept.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from typing_extensions import TypeForm

from app.core.observability.health_checks import Check
from app.core.observability.metrics import CACHE_LOOKUPS

Value = TypeVar("Value")

Loader = Callable[[], Awaitable[Value]]
"""Gets a value from where it is kept, or computes it."""

JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long values are kept, in seconds.

    `absent` is for None, which stands for what does not exist yet; by default it is kept as
    long as everything else.
    """

    present: float
    absent: float | None = None

    def at_most(self, seconds: float) -> "Lifetimes":
        """Return lifetimes of which none is longer than that."""
        absent = self.present if self.absent is None else self.absent
        return Lifetimes(min(self.present, seconds), min(absent, seconds))

    def draw(self, value: object) -> float:
        """Return how long to keep a value: a tenth more or less than set, by chance.

        What was loaded at the same moment then does not have to be loaded again at the same
        moment.
        """
        lifetime = self.present
        if value is None and self.absent is not None:
            lifetime = self.absent
        return lifetime * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311


class Lookups:
    """Counts how often a region had what it was asked for: `hit`, `miss`, or `error`."""

    def __init__(self, region: str) -> None:
        self.hit = CACHE_LOOKUPS.labels(region, "hit")
        self.miss = CACHE_LOOKUPS.labels(region, "miss")
        self.error = CACHE_LOOKUPS.labels(region, "error")


class Region(ABC, Generic[Value]):
    """Values of one kind, each with a key. They are shared: never change one.

    - Callers that miss a key at the same time share one call of `load`, and its error if it
      fails. Errors are not kept.
    - What was loaded before `forget` is not kept after it, however late it arrives.
    """

    @abstractmethod
    async def get_or_load(self, key: str, load: Loader[Value]) -> Value:
        """Return the value that is kept for a key, or else load and keep it.

        Raises:
            Exception: whatever `load` raises.
        """

    @abstractmethod
    async def forget(self, key: str) -> None:
        """Keep the value of a key no longer: it has changed."""


class Cache(ABC):
    """Regions of values, opened once for the life of a process."""

    @abstractmethod
    def region(
        self,
        name: str,
        kind: TypeForm[Value],
        lifetimes: Lifetimes,
    ) -> Region[Value]:
        """Return a region for values of a kind; ask once for each name."""

    @abstractmethod
    def checks(self) -> Mapping[str, Check]:
        """Return what asks a server whether it answers, by a name for it.

        There is nothing to ask where values are kept in this process.
        """
