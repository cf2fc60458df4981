{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""What can be done with {{ n.plural_words }}."""

from collections.abc import Container, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from pydantic import TypeAdapter

from app.core.clock import Clock
from app.core.errors import Unknown, translate_storage_errors
from app.core.idempotency.executor import Answer
from app.core.idempotency.models import IdempotencyKey
from app.core.observability.instrumentation import measured
from app.core.pagination import Page
from app.core.services import Duplicates, EntityService
from app.core.versions import ANY_VERSION
{% if r.has_owner %}
from app.models.caller import Caller
{% endif %}
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Changes, {{ n.cls }}Details, {{ n.cls }}Query
from app.core.database.repository import Reader
from app.repositories.interfaces.storage import UnitOfWork, UnitOfWorkFactory
{% if r.unique %}
from app.repositories.interfaces.{{ n.plural }} import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}
{% if r.has_owner %}
from app.services.access import own_key, require_caller, require_owner
{% endif %}

_{{ n.constants }} = TypeAdapter({{ n.cls }})


@measured("service")
class {{ n.cls }}Service(EntityService[UnitOfWork, {{ n.cls }}]):
    """Keeps {{ n.plural_words }}.

{% for f in r.unique %}
    - {{ f.a.capitalize() }} belongs to one {{ n.words }}.
{% endfor %}
{% for f in r.references %}
    - `{{ f.name }}` refers to {{ f.target.a }} that is there{{ ", if it refers to any" if f.optional else "" }}.
{% endfor %}
    - A creation with an idempotency key can be repeated without harm.
{% if r.deactivates %}
    - A deactivated {{ n.words }} stays readable, and can't be changed.
{% endif %}
    - What is changed is one of the versions that are expected, also if many change it at once.
{% if r.has_owner %}
{% if r.is_public %}
    - Everybody may read. Callers change and {{ r.ending }} what they created, administrators everything.
{% else %}
    - Callers see, list, change and {{ r.ending }} what they created, administrators everything.
      Another owner's is answered as not found{{ ", also where it is referred to" if r.references else "" }}.
{% endif %}
{% endif %}

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.
    """

    _entity_name = "{{ n.words }}"
{% if r.unique %}
    _duplicates: ClassVar[Duplicates] = {
{% for f in r.unique %}
        {{ f.duplicate }}: "{{ f.name }}",
{% endfor %}
    }
{% endif %}

    def __init__(
        self,
        {{ n.plural }}: Reader[{{ n.cls }}],
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
{% if r.has_owner %}
        caller: Caller{{ " | None" if r.is_public }},
{% endif %}
    ) -> None:
        super().__init__(
            {{ n.plural }},
            lambda work: work.{{ n.plural }},
            unit_of_work,
            clock,
            _{{ n.constants }},
        )
{% if r.has_owner %}
        self._caller = caller
{% endif %}

{% if r.is_private %}

    def _may_see(self, entity: {{ n.cls }}) -> bool:
        return self._caller.may_see(entity.owner_id)
{% elif r.has_owner %}

    def _changeable(self, entity: {{ n.cls }} | None) -> {{ n.cls }}:
        found = super()._changeable(entity)
        require_owner(self._caller, found.owner_id)
        return found
{% endif %}

    @translate_storage_errors()
    async def create(
        self,
        details: {{ n.cls }}Details,
        key: IdempotencyKey | None = None,
    ) -> Answer[{{ n.cls }}]:
        """Store a new {{ n.words }} and return it; once for each key.

        Raises:
{% for f in r.unique %}
            Taken: another {{ n.words }} has the {{ f.words }}.
{% endfor %}
{% for f in r.references %}
            Unknown: there is no {{ f.target.words }} with the id in `{{ f.name }}`.
{% endfor %}
            IdempotencyKeyReused: the key was used for another request.
        """
{% if r.has_owner %}
        own = key and own_key(key, {{ r.caller }})
        return await self._create(partial(self._add, details=details), own)
{% else %}
        return await self._create(partial(self._add, details=details), key)
{% endif %}

    async def _add(self, work: UnitOfWork, details: {{ n.cls }}Details) -> {{ n.cls }}:
{% if r.references %}
        await self._require_references(work, vars(details))
{% endif %}
{% if r.has_owner %}
        {{ n.singular }} = {{ n.cls }}.new(details, at=self._clock.now(), owner_id={{ r.caller }}.user_id)
{% else %}
        {{ n.singular }} = {{ n.cls }}.new(details, at=self._clock.now())
{% endif %}
        await work.{{ n.plural }}.add({{ n.singular }})
        return {{ n.singular }}

    async def get_{{ n.singular }}_details(self, {{ n.singular }}_id: UUID) -> {{ n.cls }}:
        """Return one {{ n.words }}{{ ", active or not" if r.deactivates }}.

        Raises:
            NotFound: there is none with this id.
        """
        return await self._details({{ n.singular }}_id)

    @translate_storage_errors()
    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        """Return one page of the {{ n.plural_words }} that a query asks for."""
{% if r.is_private %}
        if not self._caller.is_administrator:
            query = replace(query, owner_id=self._caller.user_id)
{% endif %}
        return await self._reader.list(query)

    @translate_storage_errors()
    async def change(
        self,
        {{ n.singular }}_id: UUID,
        changes: {{ n.cls }}Changes,
        expected_version: Container[int],
    ) -> {{ n.cls }}:
        """Change some details of {{ n.a }} and return all of them.

        Raises:
            NotFound: there is none with this id.
{% if r.deactivates %}
            Deactivated: it is deactivated.
{% endif %}
            StaleVersion: its version is none of those expected.
{% for f in r.unique %}
            Taken: another {{ n.words }} has the new {{ f.words }}.
{% endfor %}
{% for f in r.references %}
            Unknown: there is no {{ f.target.words }} with the new id in `{{ f.name }}`.
{% endfor %}
            ConcurrentChange: any version is expected, and somebody else changed it at the
                same moment.
        """
        at = self._clock.now()
        return await self._change(
            {{ n.singular }}_id,
            lambda {{ n.singular }}: {{ n.singular }}.changed(changes, at=at),
            expected_version,
{% if r.references %}
            require=partial(self._require_references, given=changes.given),
{% endif %}
        )

    @translate_storage_errors()
    async def {{ r.ending }}(
        self,
        {{ n.singular }}_id: UUID,
        expected_version: Container[int] = ANY_VERSION,
    ) -> None:
{% if r.deactivates %}
        """Deactivate {{ n.a }}; doing so again changes nothing, whatever version is expected.
{% else %}
        """Delete {{ n.a }} for good.
{% endif %}

        Raises:
            NotFound: there is none with this id.
            StaleVersion: its version is none of those expected.
            ConcurrentChange: any version is expected, and somebody else changed it at the
                same moment.
        """
{% if r.deactivates %}
        at = self._clock.now()
        await self._switch(
            {{ n.singular }}_id,
            lambda {{ n.singular }}: {{ n.singular }}.deactivated(at=at),
            expected_version,
            event="{{ n.singular }}_deactivated",
        )
{% else %}
        await self._delete({{ n.singular }}_id, expected_version)
{% endif %}
{% if r.references %}

    async def _require_references(
        self,
        work: UnitOfWork,
        given: Mapping[str, Any],
    ) -> None:
        """Refuse details that refer to what is not there."""
{% for f in r.references %}
        if (wanted := given.get("{{ f.name }}")) is not None:
            {{ f.target.singular }} = await work.{{ f.target.plural }}.get(wanted)
            if {{ f.target.singular }} is None{{ " or not " ~ r.caller ~ ".may_see(" ~ f.target.singular ~ "." ~ r.owner_of(f) ~ ")" if r.has_owner and r.owner_of(f) else "" }}:
                raise Unknown(self._entity_name, "{{ f.name }}", "{{ f.target.words }}")
{% endfor %}
{% endif %}
