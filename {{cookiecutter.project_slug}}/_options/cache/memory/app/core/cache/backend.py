"""The cache: in this process's memory, and gone with it.

Other processes don't hear of what this one forgets: a change is seen by them when the lifetime
of what they keep is over.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeForm

from app.core.cache.base import Cache, Lifetimes, Loader, Lookups, Region, Value
from app.core.cache.single_flight import Flights
from app.core.observability.health_checks import Check


class CacheSettings(BaseModel):
    """How much is kept, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: int = Field(
        default=10_000,
        ge=1,
        description="Values of one kind that are kept; the least recently used one goes.",
    )
    user_lifetime: float = Field(
        default=5,
        ge=0,
        description="Seconds that a user is kept, and other processes' changes show late; 0 keeps none.",
    )
    absent_lifetime: float = Field(
        default=1,
        gt=0,
        description="Seconds that it is kept that there is no user with an id.",
    )
    statistics_lifetime: float = Field(
        default=60,
        gt=0,
        description="Seconds that statistics are kept.",
    )


class MemoryRegion(Region[Value]):
    """Keeps the values themselves; `now` tells seconds that never go back.

    Calls are counted, not measured: that would take longer than what it measures.
    """

    def __init__(
        self,
        name: str,
        lifetimes: Lifetimes,
        entries: int,
        now: Callable[[], float],
    ) -> None:
        self._lookups = Lookups(name)
        self._lifetimes = lifetimes
        self._entries = entries
        self._now = now
        self._kept: OrderedDict[str, tuple[Value, float]] = OrderedDict()
        self._flights: Flights[Value] = Flights()

    async def get_or_load(self, key: str, load: Loader[Value]) -> Value:
        kept = self._kept.get(key)
        if kept is not None:
            value, expires_at = kept
            if self._now() < expires_at:
                self._kept.move_to_end(key)
                self._lookups.hit.inc()
                return value
        self._lookups.miss.inc()
        return await self._flights.join(key, partial(self._load, key, load))

    async def forget(self, key: str) -> None:
        self._kept.pop(key, None)
        self._flights.part(key)

    async def aclose(self) -> None:
        """Give up what is still being loaded."""
        await self._flights.aclose()

    async def _load(self, key: str, load: Loader[Value]) -> Value:
        value = await load()
        if self._flights.is_joinable(key):
            self._keep(key, value)
        return value

    def _keep(self, key: str, value: Value) -> None:
        self._kept[key] = (value, self._now() + self._lifetimes.draw(value))
        self._kept.move_to_end(key)
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)


class MemoryCache(Cache):
    """Bounded dictionaries, one a region."""

    def __init__(
        self,
        settings: CacheSettings,
        open_regions: AsyncExitStack,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries = settings.entries
        self._open_regions = open_regions
        self._now = now

    def region(
        self,
        name: str,
        kind: TypeForm[Value],
        lifetimes: Lifetimes,
    ) -> Region[Value]:
        region: MemoryRegion[Value] = MemoryRegion(
            name,
            lifetimes,
            self._entries,
            self._now,
        )
        self._open_regions.push_async_callback(region.aclose)
        return region

    def checks(self) -> Mapping[str, Check]:
        return {}


@asynccontextmanager
async def open_cache(settings: CacheSettings) -> AsyncIterator[Cache]:
    """Open the cache as set."""
    async with AsyncExitStack() as open_regions:
        yield MemoryCache(settings, open_regions)
