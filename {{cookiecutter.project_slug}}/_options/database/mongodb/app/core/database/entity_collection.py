"""Entities in a collection: one document each, with fields named like their attributes."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import GenericAlias
from typing import Any, cast

from bson import Decimal128
from pydantic import TypeAdapter
from pymongo import ASCENDING, DESCENDING
from typing_extensions import TypeForm

from app.core.database.client import Document
from app.core.database.collections import Collection
from app.core.database.errors import ConstraintErrors
from app.core.database.repository import (
    NO_DUPLICATES,
    DuplicateErrors,
    E,
    EntityMapping,
)
from app.core.database.sessions import Order
from app.core.pagination import PagedQuery, Position, Sort


class EntityCollection(EntityMapping[E]):
    """Declares the collection of a resource. The attribute `id` is the field `_id`.

    `duplicates` names the error for each field that is unique by itself, `id` included.
    """

    def __init__(
        self,
        entity: type[E],
        collection: Collection,
        duplicates: DuplicateErrors = NO_DUPLICATES,
    ) -> None:
        super().__init__(entity, collection.name, duplicates)
        self.collection = collection
        self._attributes = tuple(of.name for of in fields(entity) if of.name != "id")
        kind = cast("TypeForm[tuple[E, ...]]", GenericAlias(tuple, (entity, ...)))
        self._adapter = TypeAdapter(kind)

    @property
    def constraints(self) -> ConstraintErrors:
        """The errors of the collection's unique indexes, by their names."""
        name = self.name
        return {
            f"{name}._id_" if field == "id" else f"{name}.uq_{name}_{field}": error
            for field, error in self.duplicates.items()
        }

    def entities(self, documents: Iterable[Document]) -> tuple[E, ...]:
        """Return the entities in some documents."""
        return self._adapter.validate_python(tuple(map(_decoded, documents)))

    def document(self, entity: E) -> Document:
        """Return the document of an entity."""
        values = {name: encoded(getattr(entity, name)) for name in self._attributes}
        return {"_id": entity.id, **values}

    def criteria(self, query: PagedQuery) -> Document:
        """Ask for all in each part of an `$or` at the top: there is but one plan for that.

        With an `$or` deeper down the server tries several, and keeps one that sorted a few
        documents for when there are many.
        """
        wanted = {name: encoded(value) for name, value in query.filters.items()}
        if query.active is not None:
            wanted["deactivated_at"] = {"$eq" if query.active else "$ne": None}
        if query.after is None:
            return wanted
        places = self._behind(query.after, query.sort)
        return {"$or": [{"$and": [wanted, place]} for place in places]}

    def order(self, sort: Sort) -> Order:
        """Sort as an index does: a tie-breaker that it lacks would sort all documents again."""
        direction = DESCENDING if sort.descending else ASCENDING
        names = (sort.field,) if self._is_unique(sort) else (sort.field, "_id")
        return [(name, direction) for name in names]

    def _behind(self, after: Position, sort: Sort) -> list[Document]:
        """Return the places behind an entity: further values, or the same and further ids."""
        comparison = "$lt" if sort.descending else "$gt"
        further = {sort.field: {comparison: after.value}}
        if self._is_unique(sort):
            return [further]
        return [further, {sort.field: after.value, "_id": {comparison: after.id}}]

    def _is_unique(self, sort: Sort) -> bool:
        """Whether no two entities are equal in the field that is sorted by."""
        return sort.field in self.duplicates


def encoded(value: Any) -> Any:
    """Return a value as MongoDB keeps it: it has no days, which are texts that sort alike."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return Decimal128(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    return value


def _decoded(document: Document) -> Document:
    """Return the attributes in a document; days and enums are read by the entity's types."""
    attributes = {name: _plain(value) for name, value in document.items()}
    attributes["id"] = attributes.pop("_id")
    return attributes


def _plain(value: Any) -> Any:
    return value.to_decimal() if isinstance(value, Decimal128) else value
