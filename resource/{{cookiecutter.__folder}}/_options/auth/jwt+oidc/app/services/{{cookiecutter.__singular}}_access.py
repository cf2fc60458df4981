{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""Which {{ n.plural_words }} a caller may see and change."""

from dataclasses import replace
from uuid import UUID

from app.core.clock import Clock
from app.core.idempotency.executor import Answer
from app.core.idempotency.models import IdempotencyKey
from app.core.pagination import Page
from app.models.caller import Caller
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Query, New{{ n.cls }}
from app.core.database.repository import Reader
from app.models.{{ n.singular }} import {{ n.cls }}
from app.repositories.interfaces.storage import UnitOfWorkFactory
from app.services.access import own_key
from app.services.{{ n.plural }} import {{ n.cls }}Service


class Guarded{{ n.cls }}Service({{ n.cls }}Service):
    """What a caller may do with {{ n.plural_words }}.

    - Callers see, list, change and deactivate what they created, administrators everything.
    - What is somebody else's is answered as what is not there.
{% if r.references %}
    - The same is true of what {{ n.plural_words }} refer to.
{% endif %}
    """

    def __init__(
        self,
        {{ n.plural }}: Reader[{{ n.cls }}],
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        *,
        caller: Caller,
    ) -> None:
        super().__init__({{ n.plural }}, unit_of_work, clock, owner_id=caller.user_id)
        self._caller = caller

    async def create(
        self,
        details: New{{ n.cls }},
        key: IdempotencyKey | None = None,
    ) -> Answer[{{ n.cls }}]:
        """Store a new {{ n.words }} of the caller's; only the caller gets answers with the key."""
        return await super().create(details, key and own_key(key, self._caller))

    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        """Return one page of the {{ n.plural_words }} that the caller may see."""
        if not self._caller.is_administrator:
            query = replace(query, owner_id=self._caller.user_id)
        return await super().list_{{ n.plural }}(query)

    def _may_see(self, owner_id: UUID) -> bool:
        return self._caller.is_administrator or owner_id == self._caller.user_id
