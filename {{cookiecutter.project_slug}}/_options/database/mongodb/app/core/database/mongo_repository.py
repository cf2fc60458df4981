"""The generic repository for databases of documents."""

from uuid import UUID

from app.core.database.entity_cache import (
    CachedReader,
    EntityCache,
    PendingInvalidations,
)
from app.core.database.entity_collection import EntityCollection
from app.core.database.errors import StaleEntity
from app.core.database.repository import E, Repository
from app.core.database.sessions import Session, WriteSession
from app.core.observability.instrumentation import measured
from app.core.pagination import Page, PagedQuery


@measured("repository", "Mongo{}Repository")
class MongoReader(CachedReader[E]):
    """Reads the entities of a collection through a session."""

    def __init__(
        self,
        mapping: EntityCollection[E],
        session: Session,
        cache: EntityCache | None = None,
    ) -> None:
        super().__init__(mapping, cache)
        self._mapping = mapping
        self._session = session

    async def load(self, entity_id: UUID) -> E | None:
        criteria = {"_id": entity_id}
        documents = await self._session.find(
            self._mapping.collection,
            criteria,
            limit=1,
        )
        found = self._mapping.entities(documents)
        return found[0] if found else None

    async def list(self, query: PagedQuery) -> Page[E]:
        """Ask for one more than is wanted: it tells whether there is a next page."""
        documents = await self._session.find(
            self._mapping.collection,
            self._mapping.criteria(query),
            limit=query.size + 1,
            order=self._mapping.order(query.sort),
        )
        items = self._mapping.entities(documents[: query.size])
        return query.page(items, more=len(documents) > query.size)


@measured("repository", "WritableMongo{}Repository")
class MongoRepository(MongoReader[E], Repository[E]):
    """Reads and writes the entities of a collection within the transaction of a session."""

    def __init__(
        self,
        mapping: EntityCollection[E],
        session: WriteSession,
        pending: PendingInvalidations,
    ) -> None:
        super().__init__(mapping, session)
        self._writes = session
        self._pending = pending

    async def add(self, entity: E) -> None:
        self._pending.note(self._mapping, entity.id)
        document = self._mapping.document(entity)
        await self._writes.insert(self._mapping.collection, document)

    async def update(self, entity: E) -> None:
        self._pending.note(self._mapping, entity.id)
        await self._writes.replace(
            self._mapping.collection,
            {"_id": entity.id, "version": entity.version - 1},
            self._mapping.document(entity),
            missing=StaleEntity,
        )

    async def delete(self, entity: E) -> None:
        self._pending.note(self._mapping, entity.id)
        await self._writes.delete(
            self._mapping.collection,
            {"_id": entity.id, "version": entity.version},
            missing=StaleEntity,
        )
