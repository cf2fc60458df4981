"""Caching by id: a region of the cache for each resource, invalidated after each commit."""

import asyncio
from abc import abstractmethod
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any, cast
from uuid import UUID

from typing_extensions import TypeForm

from app.core.cache.base import Cache, Lifetimes, Loader, Region
from app.core.database.repository import E, EntityMapping, Reader


class EntityCache:
    """Keeps entities that were read by id, and for a shorter time also that there is none.

    It keeps nothing until it is enabled. If storage commits after it has failed to answer, or
    this process is killed in between, a value is out of date until its lifetime is over.
    """

    def __init__(self, mappings: Iterable[EntityMapping[Any]]) -> None:
        self._mappings = tuple(mappings)
        self._regions: dict[str, Region[Any]] = {}
        self._invalidating: set[asyncio.Task[None]] = set()

    @property
    def is_enabled(self) -> bool:
        """Whether entities are kept."""
        return bool(self._regions)

    def enable(self, cache: Cache, lifetimes: Lifetimes) -> None:
        """Keep entities in a cache from now on."""
        for mapping in self._mappings:
            kind: TypeForm[Any] = cast("TypeForm[Any]", mapping.entity | None)
            self._regions[mapping.name] = cache.region(mapping.name, kind, lifetimes)

    async def get_or_load(
        self,
        mapping: EntityMapping[E],
        entity_id: UUID,
        load: Loader[E | None],
    ) -> E | None:
        """Return an entity from the cache, or else load and keep it.

        Raises:
            Exception: whatever `load` raises.
        """
        region: Region[E | None] | None = self._regions.get(mapping.name)
        if region is None:
            return await load()
        return await region.get_or_load(str(entity_id), load)

    def pending(self) -> "PendingInvalidations":
        """Return what a unit of work notes its writes in."""
        return PendingInvalidations(self)

    async def invalidate(self, written: Collection[tuple[str, UUID]]) -> None:
        """Forget entities by the names of their mappings and their ids.

        That is done even if the task that wrote them is cancelled. Otherwise all readers
        would see the old versions until their lifetime is over.
        """
        if not self._regions or not written:
            return
        invalidating = asyncio.create_task(self._invalidate(written))
        self._invalidating.add(invalidating)
        invalidating.add_done_callback(self._invalidating.discard)
        await asyncio.shield(invalidating)

    async def close(self) -> None:
        """Keep nothing any more, and wait for invalidations; then the cache may be closed."""
        await asyncio.gather(*self._invalidating)
        self._regions.clear()

    async def _invalidate(self, written: Collection[tuple[str, UUID]]) -> None:
        for name, entity_id in written:
            await self._regions[name].forget(str(entity_id))


class PendingInvalidations:
    """The entities that a unit of work wrote, to be invalidated when it commits."""

    def __init__(self, cache: EntityCache) -> None:
        self._cache = cache
        self._written: set[tuple[str, UUID]] = set()

    def note(self, mapping: EntityMapping[Any], entity_id: UUID) -> None:
        """Remember that this entity was written."""
        self._written.add((mapping.name, entity_id))

    async def apply(self) -> None:
        """Invalidate all that was written so far."""
        await self._cache.invalidate(self._written)


class CachedReader(Reader[E]):
    """Reads entities by id through a cache if it is given one, and lists from storage."""

    def __init__(
        self,
        mapping: EntityMapping[E],
        cache: EntityCache | None = None,
    ) -> None:
        self._mapped_by = mapping
        self._cache = cache
        self.kind = mapping.entity.__name__

    async def get(self, entity_id: UUID) -> E | None:
        if self._cache is None:
            return await self.load(entity_id)
        load = partial(self.load, entity_id)
        return await self._cache.get_or_load(self._mapped_by, entity_id, load)

    @abstractmethod
    async def load(self, entity_id: UUID) -> E | None:
        """Return one entity from storage, whatever the cache has; None if there is none."""
