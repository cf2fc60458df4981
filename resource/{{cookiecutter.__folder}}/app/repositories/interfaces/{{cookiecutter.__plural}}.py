{% set n = (cookiecutter | resource).names %}
{% set r = cookiecutter | resource %}
"""Storage of {{ n.plural_words }}."""

from abc import ABC, abstractmethod
from uuid import UUID

from app.core.pagination import Page
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Query


class {{ n.cls }}Repository(ABC):
    """{{ n.plural_title }} that can be read. Every implementation passes `tests/contract/test_{{ n.plural }}.py`.

    Raises:
        StorageUnavailable: by every method, when storage does not answer in time.
    """

    @abstractmethod
    async def get_{{ n.singular }}(self, {{ n.singular }}_id: UUID) -> {{ n.cls }} | None:
        """Return one {{ n.words }}, or None if there is none with this id."""

    @abstractmethod
    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        """Return up to `query.size` {{ n.plural_words }} in the order of `query.sort`, then of id."""


class Writable{{ n.cls }}Repository({{ n.cls }}Repository):
    """{{ n.plural_title }} within a unit of work: it sees what it writes at once, others on commit."""

    @abstractmethod
    async def add(self, {{ n.singular }}: {{ n.cls }}) -> None:
        """Store a new {{ n.words }}.

        Raises:
            Duplicate{{ n.cls }}: another {{ n.words }} has its id.
{% for f in r.unique %}
            {{ f.duplicate }}: another {{ n.words }} has its {{ f.words }}.
{% endfor %}
        """

    @abstractmethod
    async def update(self, {{ n.singular }}: {{ n.cls }}) -> None:
        """Store {{ n.a }} over the version before it.

        Raises:
{% for f in r.unique %}
            {{ f.duplicate }}: another {{ n.words }} has its {{ f.words }}.
{% endfor %}
            Stale{{ n.cls }}: what is stored is not the version before this one.
        """
