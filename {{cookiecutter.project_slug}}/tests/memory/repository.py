"""The generic repository, in dictionaries."""

from collections.abc import MutableMapping
from typing import Any
from uuid import UUID

from app.core.database.entity_cache import (
    CachedReader,
    EntityCache,
    PendingInvalidations,
)
from app.core.database.errors import StaleEntity
from app.core.database.repository import E, EntityMapping, Repository
from app.core.observability.instrumentation import measured
from app.core.pagination import Page, PagedQuery, Position


@measured("repository", "Memory{}Repository")
class MemoryReader(CachedReader[E]):
    """Reads the entities of a mapping from id to entity."""

    def __init__(
        self,
        mapping: EntityMapping[E],
        rows: MutableMapping[UUID, E],
        cache: EntityCache | None = None,
    ) -> None:
        super().__init__(mapping, cache)
        self._mapping = mapping
        self._rows = rows

    async def load(self, entity_id: UUID) -> E | None:
        return self._rows.get(entity_id)

    async def list(self, query: PagedQuery) -> Page[E]:
        def key(entity: E) -> tuple[Any, UUID]:
            return getattr(entity, query.sort.field), entity.id

        entities = sorted(
            (entity for entity in self._rows.values() if _matches(entity, query)),
            key=key,
            reverse=query.sort.descending,
        )
        if query.after is not None:
            after = query.after
            entities = [it for it in entities if _is_behind(key(it), after, query)]
        more = len(entities) > query.size
        return query.page(tuple(entities[: query.size]), more=more)


@measured("repository", "WritableMemory{}Repository")
class MemoryRepository(MemoryReader[E], Repository[E]):
    """Reads and writes the entities of a mapping from id to entity."""

    def __init__(
        self,
        mapping: EntityMapping[E],
        rows: MutableMapping[UUID, E],
        pending: PendingInvalidations,
    ) -> None:
        super().__init__(mapping, rows)
        self._pending = pending

    async def add(self, entity: E) -> None:
        self._refuse_duplicate(entity, self._rows.values())
        self._put(entity)

    async def update(self, entity: E) -> None:
        stored = self._rows.get(entity.id)
        if stored is None or stored.version != entity.version - 1:
            raise StaleEntity
        others = (other for other in self._rows.values() if other is not stored)
        self._refuse_duplicate(entity, others)
        self._put(entity)

    async def delete(self, entity: E) -> None:
        stored = self._rows.get(entity.id)
        if stored is None or stored.version != entity.version:
            raise StaleEntity
        self._pending.note(self._mapping, entity.id)
        del self._rows[entity.id]

    def _put(self, entity: E) -> None:
        self._pending.note(self._mapping, entity.id)
        self._rows[entity.id] = entity

    def _refuse_duplicate(self, entity: E, others: Any) -> None:
        for other in others:
            for field, error in self._mapping.duplicates.items():
                value = getattr(entity, field)
                if value is not None and getattr(other, field) == value:
                    raise error


def _matches(entity: Any, query: PagedQuery) -> bool:
    if query.active is not None and entity.is_active != query.active:
        return False
    return all(getattr(entity, name) == value for name, value in query.filters.items())


def _is_behind(place: tuple[Any, UUID], after: Position, query: PagedQuery) -> bool:
    theirs = (after.value, after.id)
    return place < theirs if query.sort.descending else place > theirs
