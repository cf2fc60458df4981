{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""{{ n.plural_title }} in a dictionary."""

from collections.abc import Mapping, MutableMapping
from uuid import UUID

from app.core.observability.instrumentation import measured
from app.core.pagination import Page, Position
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Query
from app.repositories.interfaces.errors import (
    Duplicate{{ n.cls }},
{% for f in r.unique %}
    {{ f.duplicate }},
{% endfor %}
    Stale{{ n.cls }},
)
from app.repositories.interfaces.{{ n.plural }} import {{ n.cls }}Repository, Writable{{ n.cls }}Repository


@measured("repository")
class Memory{{ n.cls }}Repository({{ n.cls }}Repository):
    """Reads the {{ n.plural_words }} of a mapping from id to {{ n.words }}."""

    def __init__(self, rows: Mapping[UUID, {{ n.cls }}]) -> None:
        self._rows = rows

    async def get_{{ n.singular }}(self, {{ n.singular }}_id: UUID) -> {{ n.cls }} | None:
        return self._rows.get({{ n.singular }}_id)

    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        def key({{ n.singular }}: {{ n.cls }}) -> tuple[object, UUID]:
            return getattr({{ n.singular }}, query.sort.field), {{ n.singular }}.id

        {{ n.plural }} = sorted(
            ({{ n.singular }} for {{ n.singular }} in self._rows.values() if _matches({{ n.singular }}, query)),
            key=key,
            reverse=query.sort.descending,
        )
        if query.after is not None:
            {{ n.plural }} = [
                {{ n.singular }} for {{ n.singular }} in {{ n.plural }} if _is_behind({{ n.singular }}, query.after, query)
            ]
        items = tuple({{ n.plural }}[: query.size])
        more = len({{ n.plural }}) > query.size
        return Page(items=items, next=query.sort.position(items[-1]) if more else None)


@measured("repository")
class WritableMemory{{ n.cls }}Repository(Memory{{ n.cls }}Repository, Writable{{ n.cls }}Repository):
    """Reads and writes the {{ n.plural_words }} of a mapping from id to {{ n.words }}."""

    def __init__(self, rows: MutableMapping[UUID, {{ n.cls }}]) -> None:
        super().__init__(rows)
        self._writable_rows = rows

    async def add(self, {{ n.singular }}: {{ n.cls }}) -> None:
        if {{ n.singular }}.id in self._rows:
            raise Duplicate{{ n.cls }}
{% if r.unique %}
        self._refuse_duplicate({{ n.singular }})
{% endif %}
        self._writable_rows[{{ n.singular }}.id] = {{ n.singular }}

    async def update(self, {{ n.singular }}: {{ n.cls }}) -> None:
        stored = self._rows.get({{ n.singular }}.id)
        if stored is None or stored.version != {{ n.singular }}.version - 1:
            raise Stale{{ n.cls }}
{% if r.unique %}
        self._refuse_duplicate({{ n.singular }})
{% endif %}
        self._writable_rows[{{ n.singular }}.id] = {{ n.singular }}
{% if r.unique %}

    def _refuse_duplicate(self, {{ n.singular }}: {{ n.cls }}) -> None:
        others = [row for row in self._rows.values() if row.id != {{ n.singular }}.id]
{% for f in r.unique %}
{% if f.optional %}
        if {{ n.singular }}.{{ f.name }} is not None and any(
            other.{{ f.name }} == {{ n.singular }}.{{ f.name }} for other in others
        ):
            raise {{ f.duplicate }}
{% else %}
        if any(other.{{ f.name }} == {{ n.singular }}.{{ f.name }} for other in others):
            raise {{ f.duplicate }}
{% endif %}
{% endfor %}
{% endif %}


def _matches({{ n.singular }}: {{ n.cls }}, query: {{ n.cls }}Query) -> bool:
{% if r.filters or r.has_owner %}
    if query.active is not None and {{ n.singular }}.is_active != query.active:
        return False
    return all(getattr({{ n.singular }}, name) == value for name, value in query.filters.items())
{% else %}
    return query.active is None or {{ n.singular }}.is_active == query.active
{% endif %}


def _is_behind({{ n.singular }}: {{ n.cls }}, after: Position, query: {{ n.cls }}Query) -> bool:
    mine = (getattr({{ n.singular }}, query.sort.field), {{ n.singular }}.id)
    theirs = (after.value, after.id)
    return mine < theirs if query.sort.descending else mine > theirs
