"""The generic repository for databases of tables."""

from uuid import UUID

from app.core.database.entity_cache import (
    CachedReader,
    EntityCache,
    PendingInvalidations,
)
from app.core.database.entity_table import EntityTable
from app.core.database.errors import StaleEntity
from app.core.database.repository import E, Repository
from app.core.database.sessions import Session, WriteSession
from app.core.observability.instrumentation import measured
from app.core.pagination import Page, PagedQuery


@measured("repository", "Sql{}Repository")
class SqlReader(CachedReader[E]):
    """Reads the entities of a table through a session."""

    def __init__(
        self,
        mapping: EntityTable[E],
        session: Session,
        cache: EntityCache | None = None,
    ) -> None:
        super().__init__(mapping, cache)
        self._mapping = mapping
        self._session = session

    async def load(self, entity_id: UUID) -> E | None:
        rows = await self._session.rows(self._mapping.by_id, {"by__id": entity_id})
        found = self._mapping.entities(rows)
        return found[0] if found else None

    async def list(self, query: PagedQuery) -> Page[E]:
        rows = await self._session.rows(*self._mapping.page(query))
        items = self._mapping.entities(rows[: query.size])
        return query.page(items, more=len(rows) > query.size)


@measured("repository", "WritableSql{}Repository")
class SqlRepository(SqlReader[E], Repository[E]):
    """Reads and writes the entities of a table within the transaction of a session."""

    def __init__(
        self,
        mapping: EntityTable[E],
        session: WriteSession,
        pending: PendingInvalidations,
    ) -> None:
        super().__init__(mapping, session)
        self._writes = session
        self._pending = pending

    async def add(self, entity: E) -> None:
        self._pending.note(self._mapping, entity.id)
        await self._writes.write(self._mapping.insertion, self._mapping.values(entity))

    async def update(self, entity: E) -> None:
        self._pending.note(self._mapping, entity.id)
        before = {"by__id": entity.id, "by__version": entity.version - 1}
        values = before | self._mapping.values(entity)
        if not await self._writes.write(self._mapping.replacement, values):
            raise StaleEntity

    async def delete(self, entity: E) -> None:
        self._pending.note(self._mapping, entity.id)
        values = {"by__id": entity.id, "by__version": entity.version}
        if not await self._writes.write(self._mapping.deletion, values):
            raise StaleEntity
