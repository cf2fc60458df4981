{% set r = cookiecutter | resource %}
{% set n = r.names %}
{% set filtered = r.filters or r.has_owner %}
"""{{ n.plural_title }} in a collection."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from bson import Decimal128
from pymongo import ASCENDING, DESCENDING

from app.core.database.client import Document
from app.core.database.sessions import Session, WriteSession
from app.core.observability.instrumentation import measured
from app.core.pagination import Page, Position
from app.models.{{ n.singular }} import (
    {{ n.cls }},
    {{ n.cls }}Query,
    {{ n.cls }}Sort,
{% for f in r.of_kind("enum") %}
    {{ f.enum }},
{% endfor %}
)
from app.repositories.database.schema import {{ n.constants }}
from app.repositories.interfaces.errors import Stale{{ n.cls }}
from app.repositories.interfaces.{{ n.plural }} import {{ n.cls }}Repository, Writable{{ n.cls }}Repository


@measured("repository")
class Mongo{{ n.cls }}Repository({{ n.cls }}Repository):
    """Reads {{ n.plural_words }} through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_{{ n.singular }}(self, {{ n.singular }}_id: UUID) -> {{ n.cls }} | None:
        found = await self._session.find({{ n.constants }}, {"_id": {{ n.singular }}_id}, limit=1)
        return _{{ n.singular }}_of(found[0]) if found else None

    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        """Ask for one more than is wanted: whether it comes says whether there is a next page."""
        found = await self._session.find(
            {{ n.constants }},
            _criteria(query),
            limit=query.size + 1,
            order=_sorted_by(query.sort),
        )
        items = tuple(_{{ n.singular }}_of(document) for document in found[: query.size])
        more = len(found) > query.size
        return Page(items=items, next=query.sort.position(items[-1]) if more else None)


@measured("repository")
class WritableMongo{{ n.cls }}Repository(Mongo{{ n.cls }}Repository, Writable{{ n.cls }}Repository):
    """Reads and writes {{ n.plural_words }} within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, {{ n.singular }}: {{ n.cls }}) -> None:
        await self._writes.insert({{ n.constants }}, _document_of({{ n.singular }}))

    async def update(self, {{ n.singular }}: {{ n.cls }}) -> None:
        await self._writes.replace(
            {{ n.constants }},
            {"_id": {{ n.singular }}.id, "version": {{ n.singular }}.version - 1},
            _document_of({{ n.singular }}),
            missing=Stale{{ n.cls }},
        )


def _criteria(query: {{ n.cls }}Query) -> Document:
    """Ask for all in each part of an `$or` at the top: there is but one plan for that.

    With an `$or` deeper down the server tries several, and keeps one that sorted a few
    {{ n.plural_words }} for when there are many.
    """
    wanted: Document = {{ "dict(query.filters)" if filtered else "{}" }}
    if query.active is not None:
        wanted["deactivated_at"] = {"$eq" if query.active else "$ne": None}
    if query.after is None:
        return wanted
    places = _behind(query.after, query.sort)
    return {"$or": [{"$and": [wanted, place]} for place in places]}


def _behind(after: Position, sort: {{ n.cls }}Sort) -> list[Document]:
    """Return the places behind {{ n.a }}: with a further value, or the same and a further id."""
    comparison = "$lt" if sort.descending else "$gt"
    further = {sort.field: {comparison: after.value}}
    return [further, {sort.field: after.value, "_id": {comparison: after.id}}]


def _sorted_by(sort: {{ n.cls }}Sort) -> list[tuple[str, int]]:
    direction = DESCENDING if sort.descending else ASCENDING
    return [(sort.field, direction), ("_id", direction)]


def _{{ n.singular }}_of(document: Document) -> {{ n.cls }}:
{% if r.converted %}
    values: dict[str, Any] = {**document}
{% for f in r.converted %}
{% set read = {"decimal": "values[%r].to_decimal()", "date": "date.fromisoformat(values[%r])", "enum": f.enum ~ "(values[%r])"}[f.kind] %}
{% if f.optional %}
    if values["{{ f.name }}"] is not None:
        values["{{ f.name }}"] = {{ read | replace("%r", '"' ~ f.name ~ '"') }}
{% else %}
    values["{{ f.name }}"] = {{ read | replace("%r", '"' ~ f.name ~ '"') }}
{% endif %}
{% endfor %}
    return {{ n.cls }}(id=values.pop("_id"), **values)
{% else %}
    return {{ n.cls }}(id=document.pop("_id"), **document)
{% endif %}


def _document_of({{ n.singular }}: {{ n.cls }}) -> Document:
{% if r.of_kind("decimal", "date") %}
    """MongoDB has decimals of its own, and no days: they are texts that sort alike."""
{% endif %}
    document = asdict({{ n.singular }})
{% for f in r.converted %}
{% set write = {"decimal": "Decimal128(" ~ n.singular ~ "." ~ f.name ~ ")", "date": n.singular ~ "." ~ f.name ~ ".isoformat()", "enum": n.singular ~ "." ~ f.name ~ ".value"}[f.kind] %}
{% if f.optional %}
    if {{ n.singular }}.{{ f.name }} is not None:
        document["{{ f.name }}"] = {{ write }}
{% else %}
    document["{{ f.name }}"] = {{ write }}
{% endif %}
{% endfor %}
    return {"_id": document.pop("id"), **document}
