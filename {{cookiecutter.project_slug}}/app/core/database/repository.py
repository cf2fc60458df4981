"""Repositories of entities: one interface for all resources, whatever the database.

A resource with queries of its own derives from `Reader` and `Repository`; others need no
class at all.

Source: Martin Fowler, "Repository", Patterns of Enterprise Application Architecture,
https://martinfowler.com/eaaCatalog/repository.html
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, TypeVar
from uuid import UUID

from app.core.database.errors import DuplicateEntity, RepositoryError
from app.core.entity import Entity
from app.core.pagination import Page, PagedQuery

E = TypeVar("E", bound=Entity)

DuplicateErrors = Mapping[str, type[RepositoryError]]
"""The error raised when two entities have the same value, by the name of the field."""

NO_DUPLICATES: DuplicateErrors = MappingProxyType({})


class Reader(ABC, Generic[E]):
    """Entities that can be read.

    Every implementation passes `tests/core/database/test_repository.py`.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    @abstractmethod
    async def get(self, entity_id: UUID) -> E | None:
        """Return one entity, or None if there is none with this id."""

    @abstractmethod
    async def list(self, query: PagedQuery) -> Page[E]:
        """Return up to `query.size` entities in the order of `query.sort`, then of id."""


class Repository(Reader[E]):
    """Entities within a unit of work, which sees its writes at once; others do on commit."""

    @abstractmethod
    async def add(self, entity: E) -> None:
        """Store a new entity.

        Raises:
            DuplicateEntity: another one has its id, unless the resource names its own error.
            RepositoryError: the error that the resource names for a unique field.
        """

    @abstractmethod
    async def update(self, entity: E) -> None:
        """Store an entity over the version before it.

        Raises:
            StaleEntity: the version in storage is not the one before this one.
            RepositoryError: the error that the resource names for a unique field.
        """

    @abstractmethod
    async def delete(self, entity: E) -> None:
        """Delete an entity.

        Raises:
            StaleEntity: the version in storage is not this one, or it is gone.
            BrokenReference: a foreign key refers to it.
        """


class EntityMapping(Generic[E]):
    """Where the entities of a class are stored, and which fields are unique among them.

    `duplicates` names the errors of unique fields, `id` included.
    """

    def __init__(
        self,
        entity: type[E],
        name: str,
        duplicates: DuplicateErrors = NO_DUPLICATES,
    ) -> None:
        self.entity = entity
        self.name = name
        self.duplicates: DuplicateErrors = {"id": DuplicateEntity, **duplicates}
