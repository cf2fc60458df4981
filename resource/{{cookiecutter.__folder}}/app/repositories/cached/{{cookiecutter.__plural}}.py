{% set n = (cookiecutter | resource).names %}
"""{{ n.plural_title }} that are read from a cache if it keeps them."""

from functools import partial
from uuid import UUID

from app.core.cache.pending_invalidations import Written
from app.core.pagination import Page
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Query
from app.repositories.cached.kept import Kept{{ n.classes }}
from app.repositories.interfaces.{{ n.plural }} import {{ n.cls }}Repository, Writable{{ n.cls }}Repository


class Cached{{ n.cls }}Repository({{ n.cls }}Repository):
    """Reads single {{ n.plural_words }} through a cache, and lists from storage."""

    def __init__(self, {{ n.plural }}: {{ n.cls }}Repository, kept: Kept{{ n.classes }}) -> None:
        self._{{ n.plural }} = {{ n.plural }}
        self._kept = kept

    async def get_{{ n.singular }}(self, {{ n.singular }}_id: UUID) -> {{ n.cls }} | None:
        load = partial(self._{{ n.plural }}.get_{{ n.singular }}, {{ n.singular }}_id)
        return await self._kept.get_or_load(str({{ n.singular }}_id), load)

    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        return await self._{{ n.plural }}.list_{{ n.plural }}(query)


class Tracked{{ n.cls }}Repository(Writable{{ n.cls }}Repository):
    """{{ n.plural_title }} within a unit of work; notes whose row is written, and reads nothing kept."""

    def __init__(
        self,
        {{ n.plural }}: Writable{{ n.cls }}Repository,
        kept: Kept{{ n.classes }},
        written: Written,
    ) -> None:
        self._{{ n.plural }} = {{ n.plural }}
        self._kept = kept
        self._written = written

    async def get_{{ n.singular }}(self, {{ n.singular }}_id: UUID) -> {{ n.cls }} | None:
        return await self._{{ n.plural }}.get_{{ n.singular }}({{ n.singular }}_id)

    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        return await self._{{ n.plural }}.list_{{ n.plural }}(query)

    async def add(self, {{ n.singular }}: {{ n.cls }}) -> None:
        self._written.note(self._kept, {{ n.singular }}.id)
        await self._{{ n.plural }}.add({{ n.singular }})

    async def update(self, {{ n.singular }}: {{ n.cls }}) -> None:
        self._written.note(self._kept, {{ n.singular }}.id)
        await self._{{ n.plural }}.update({{ n.singular }})
