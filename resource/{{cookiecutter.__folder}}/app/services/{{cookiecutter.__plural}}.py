{% set r = cookiecutter | resource %}
{% set n = r.names %}
"""What can be done with {{ n.plural_words }}."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

import structlog
from pydantic import TypeAdapter

from app.core.clock import Clock
from app.core.errors import (
    ConcurrentChange,
    ServiceError,
    StaleVersion,
    translate_storage_errors,
)
from app.core.idempotency.executor import Answer, Once
from app.core.idempotency.models import IdempotencyKey
from app.core.ids import new_id
from app.core.observability.instrumentation import measured
from app.core.pagination import Page
from app.core.versions import ANY_VERSION
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Changes, {{ n.cls }}Query, New{{ n.cls }}
{% if r.unique %}
from app.repositories.interfaces.{{ n.plural }} import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}
from app.core.database.errors import StaleEntity
from app.core.database.repository import Reader
from app.repositories.interfaces.storage import UnitOfWork, UnitOfWorkFactory
from app.services.{{ n.singular }}_errors import (
    {{ n.cls }}Deactivated,
    {{ n.cls }}NotFound,
{% for f in r.unique %}
    {{ f.taken }},
{% endfor %}
{% for f in r.references %}
    {{ f.unknown }},
{% endfor %}
)

logger = structlog.get_logger()

_{{ n.constants }} = TypeAdapter({{ n.cls }})

{% if r.unique %}

@contextmanager
def _duplicates_refused() -> Iterator[None]:
    """Say in the words of services that something is taken; the commit may find it out."""
    try:
        yield
{% for f in r.unique %}
    except {{ f.duplicate }} as error:
        raise {{ f.taken }} from error
{% endfor %}

{% endif %}

@measured("service")
class {{ n.cls }}Service:
    """Keeps {{ n.plural_words }}.

{% for f in r.unique %}
    - {{ f.a.capitalize() }} belongs to one {{ n.words }}.
{% endfor %}
{% for f in r.references %}
    - `{{ f.name }}` refers to {{ f.target.a }} that is there{{ ", if it refers to any" if f.optional else "" }}.
{% endfor %}
    - A creation with an idempotency key can be repeated without harm.
    - A deactivated {{ n.words }} stays readable, and can't be changed.
    - What is changed is one of the versions that are expected, also if many change it at once.

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.
    """

    def __init__(
        self,
        {{ n.plural }}: Reader[{{ n.cls }}],
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
{% if r.has_owner %}
        *,
        owner_id: UUID,
{% endif %}
    ) -> None:
        self._{{ n.plural }} = {{ n.plural }}
        self._unit_of_work = unit_of_work
        self._clock = clock
{% if r.has_owner %}
        self._owner_id = owner_id
{% endif %}
        self._once = Once(unit_of_work, clock, _{{ n.constants }})

    @translate_storage_errors()
    async def create(
        self,
        details: New{{ n.cls }},
        key: IdempotencyKey | None = None,
    ) -> Answer[{{ n.cls }}]:
        """Store a new {{ n.words }} and return it; once for each key.

        Raises:
{% for f in r.unique %}
            {{ f.taken }}: another {{ n.words }} has the {{ f.words }}.
{% endfor %}
{% for f in r.references %}
            {{ f.unknown }}: there is no {{ f.target.words }} with the id in `{{ f.name }}`.
{% endfor %}
            IdempotencyKeyReused: the key was used for another request.
        """
{% if r.unique %}
        with _duplicates_refused():
            answer = await self._once.run(partial(self._create, details=details), key)
{% else %}
        answer = await self._once.run(partial(self._create, details=details), key)
{% endif %}
        if not answer.replayed:
            logger.info("{{ n.singular }}_created", {{ n.singular }}_id=str(answer.result.id))
        return answer

    async def _create(self, work: UnitOfWork, details: New{{ n.cls }}) -> {{ n.cls }}:
        now = self._clock.now()
        {{ n.singular }} = {{ n.cls }}.create(
            details,
            {{ n.singular }}_id=new_id(now),
{% if r.has_owner %}
            owner_id=self._owner_id,
{% endif %}
            at=now,
        )
{% if r.references %}
        await self._require_references(work, details)
{% endif %}
        await work.{{ n.plural }}.add({{ n.singular }})
        return {{ n.singular }}

    async def get_{{ n.singular }}_details(self, {{ n.singular }}_id: UUID) -> {{ n.cls }}:
        """Return one {{ n.words }}, active or not.

        Raises:
            {{ n.cls }}NotFound: there is none with this id.
        """
        about = {"{{ n.singular }}_id": str({{ n.singular }}_id)}
        logger.debug("fetching_{{ n.singular }}_details", **about)
        async with translate_storage_errors("{{ n.singular }}_fetch_failed", **about):
            return self._found(await self._{{ n.plural }}.get({{ n.singular }}_id))

    @translate_storage_errors()
    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        """Return one page of the {{ n.plural_words }} that a query asks for."""
        return await self._{{ n.plural }}.list(query)

    @translate_storage_errors()
    async def change(
        self,
        {{ n.singular }}_id: UUID,
        changes: {{ n.cls }}Changes,
        expected_version: Container[int],
    ) -> {{ n.cls }}:
        """Change some details of {{ n.a }} and return all of them.

        Raises:
            {{ n.cls }}NotFound: there is none with this id.
            {{ n.cls }}Deactivated: it is deactivated.
            StaleVersion: its version is none of those expected.
{% for f in r.unique %}
            {{ f.taken }}: another {{ n.words }} has the new {{ f.words }}.
{% endfor %}
{% for f in r.references %}
            {{ f.unknown }}: there is no {{ f.target.words }} with the new id in `{{ f.name }}`.
{% endfor %}
            ConcurrentChange: any version is expected, and somebody else changed it at the
                same moment.
        """
        try:
{% if r.unique %}
            with _duplicates_refused():
                changed = await self._change({{ n.singular }}_id, changes, expected_version)
{% else %}
            changed = await self._change({{ n.singular }}_id, changes, expected_version)
{% endif %}
        except StaleEntity as error:
            raise _overtaken(expected_version) from error
        return changed

    async def _change(
        self,
        {{ n.singular }}_id: UUID,
        changes: {{ n.cls }}Changes,
        expected_version: Container[int],
    ) -> {{ n.cls }}:
        async with self._unit_of_work() as work:
            {{ n.singular }} = self._found(await work.{{ n.plural }}.get({{ n.singular }}_id))
            if not {{ n.singular }}.is_active:
                raise {{ n.cls }}Deactivated
            if {{ n.singular }}.version not in expected_version:
                raise StaleVersion
            changed = {{ n.singular }}.changed(changes, at=self._clock.now())
            if changed is {{ n.singular }}:
                return {{ n.singular }}
{% if r.references %}
            await self._require_references(work, changes)
{% endif %}
            await work.{{ n.plural }}.update(changed)
            await work.commit()
        logger.info("{{ n.singular }}_changed", {{ n.singular }}_id=str({{ n.singular }}_id), version=changed.version)
        return changed

    @translate_storage_errors()
    async def deactivate(
        self,
        {{ n.singular }}_id: UUID,
        expected_version: Container[int] = ANY_VERSION,
    ) -> None:
        """Deactivate {{ n.a }}; doing so again changes nothing, whatever version is expected.

        Raises:
            {{ n.cls }}NotFound: there is none with this id.
            StaleVersion: its version is none of those expected.
            ConcurrentChange: any version is expected, and somebody else changed it at the
                same moment.
        """
        try:
            async with self._unit_of_work() as work:
                {{ n.singular }} = self._found(await work.{{ n.plural }}.get({{ n.singular }}_id))
                deactivated = {{ n.singular }}.deactivated(at=self._clock.now())
                if deactivated is {{ n.singular }}:
                    return
                if {{ n.singular }}.version not in expected_version:
                    raise StaleVersion
                await work.{{ n.plural }}.update(deactivated)
                await work.commit()
        except StaleEntity as error:
            raise _overtaken(expected_version) from error
        logger.info("{{ n.singular }}_deactivated", {{ n.singular }}_id=str({{ n.singular }}_id))
{% if r.references %}

    async def _require_references(
        self,
        work: UnitOfWork,
        details: New{{ n.cls }} | {{ n.cls }}Changes,
    ) -> None:
        """Refuse details that refer to what is not there."""
{% for f in r.references %}
        if isinstance(details.{{ f.name }}, UUID):
            {{ f.target.singular }} = await work.{{ f.target.plural }}.get(details.{{ f.name }})
            if {{ f.target.singular }} is None{{ " or not self._may_see(" ~ f.target.singular ~ "." ~ r.owner_of(f) ~ ")" if r.has_owner and r.owner_of(f) else "" }}:
                raise {{ f.unknown }}
{% endfor %}
{% endif %}

    def _found(self, {{ n.singular }}: {{ n.cls }} | None) -> {{ n.cls }}:
{% if r.has_owner %}
        if {{ n.singular }} is None or not self._may_see({{ n.singular }}.owner_id):
{% else %}
        if {{ n.singular }} is None:
{% endif %}
            raise {{ n.cls }}NotFound
        return {{ n.singular }}
{% if r.has_owner %}

    def _may_see(self, _owner_id: UUID) -> bool:
        """Whether what somebody owns is shown; those who know their caller restrict it."""
        return True
{% endif %}


def _overtaken(expected_version: Container[int]) -> ServiceError:
    """Return what to say when somebody else's change came between reading and writing."""
    return ConcurrentChange() if expected_version is ANY_VERSION else StaleVersion()
