{% set r = cookiecutter | resource %}
"""What can be done with sample items."""

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
from app.models.sample_item import SampleItem, SampleItemChanges, SampleItemDetails, SampleItemQuery
from app.core.database.repository import Reader
from app.repositories.interfaces.storage import UnitOfWork, UnitOfWorkFactory
{% if r.unique %}
from app.repositories.interfaces.sample_items import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}
{% if r.has_owner %}
from app.services.access import own_key, require_caller, require_owner
{% endif %}

_SAMPLE_ITEMS = TypeAdapter(SampleItem)


@measured("service")
class SampleItemService(EntityService[UnitOfWork, SampleItem]):
    """Keeps sample items.

{% for f in r.unique %}
    - {{ f.a.capitalize() }} belongs to one sample item.
{% endfor %}
{% for f in r.references %}
    - `{{ f.name }}` refers to {{ f.target.a }} that is there{{ ", if it refers to any" if f.optional else "" }}.
{% endfor %}
    - A creation with an idempotency key can be repeated without harm.
{% if r.deactivates %}
    - A deactivated sample item stays readable, and can't be changed.
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

    _entity_name = "sample item"
{% if r.unique %}
    _duplicates: ClassVar[Duplicates] = {
{% for f in r.unique %}
        {{ f.duplicate }}: "{{ f.name }}",
{% endfor %}
    }
{% endif %}

    def __init__(
        self,
        sample_items: Reader[SampleItem],
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
{% if r.has_owner %}
        caller: Caller{{ " | None" if r.is_public }},
{% endif %}
    ) -> None:
        super().__init__(
            sample_items,
            lambda work: work.sample_items,
            unit_of_work,
            clock,
            _SAMPLE_ITEMS,
        )
{% if r.has_owner %}
        self._caller = caller
{% endif %}

{% if r.is_private %}

    def _may_see(self, entity: SampleItem) -> bool:
        return self._caller.may_see(entity.owner_id)
{% elif r.has_owner %}

    def _changeable(self, entity: SampleItem | None) -> SampleItem:
        found = super()._changeable(entity)
        require_owner(self._caller, found.owner_id)
        return found
{% endif %}

    @translate_storage_errors()
    async def create(
        self,
        details: SampleItemDetails,
        key: IdempotencyKey | None = None,
    ) -> Answer[SampleItem]:
        """Store a new sample item and return it; once for each key.

        Raises:
{% for f in r.unique %}
            Taken: another sample item has the {{ f.words }}.
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

    async def _add(self, work: UnitOfWork, details: SampleItemDetails) -> SampleItem:
{% if r.references %}
        await self._require_references(work, vars(details))
{% endif %}
{% if r.has_owner %}
        sample_item = SampleItem.new(details, at=self._clock.now(), owner_id={{ r.caller }}.user_id)
{% else %}
        sample_item = SampleItem.new(details, at=self._clock.now())
{% endif %}
        await work.sample_items.add(sample_item)
        return sample_item

    async def get_sample_item_details(self, sample_item_id: UUID) -> SampleItem:
        """Return one sample item{{ ", active or not" if r.deactivates }}.

        Raises:
            NotFound: there is none with this id.
        """
        return await self._details(sample_item_id)

    @translate_storage_errors()
    async def list_sample_items(self, query: SampleItemQuery) -> Page[SampleItem]:
        """Return one page of the sample items that a query asks for."""
{% if r.is_private %}
        if not self._caller.is_administrator:
            query = replace(query, owner_id=self._caller.user_id)
{% endif %}
        return await self._reader.list(query)

    @translate_storage_errors()
    async def change(
        self,
        sample_item_id: UUID,
        changes: SampleItemChanges,
        expected_version: Container[int],
    ) -> SampleItem:
        """Change some details of a sample item and return all of them.

        Raises:
            NotFound: there is none with this id.
{% if r.deactivates %}
            Deactivated: it is deactivated.
{% endif %}
            StaleVersion: its version is none of those expected.
{% for f in r.unique %}
            Taken: another sample item has the new {{ f.words }}.
{% endfor %}
{% for f in r.references %}
            Unknown: there is no {{ f.target.words }} with the new id in `{{ f.name }}`.
{% endfor %}
            ConcurrentChange: any version is expected, and somebody else changed it at the
                same moment.
        """
        at = self._clock.now()
        return await self._change(
            sample_item_id,
            lambda sample_item: sample_item.changed(changes, at=at),
            expected_version,
{% if r.references %}
            require=partial(self._require_references, given=changes.given),
{% endif %}
        )

    @translate_storage_errors()
    async def {{ r.ending }}(
        self,
        sample_item_id: UUID,
        expected_version: Container[int] = ANY_VERSION,
    ) -> None:
{% if r.deactivates %}
        """Deactivate a sample item; doing so again changes nothing, whatever version is expected.
{% else %}
        """Delete a sample item for good.
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
            sample_item_id,
            lambda sample_item: sample_item.deactivated(at=at),
            expected_version,
            event="sample_item_deactivated",
        )
{% else %}
        await self._delete(sample_item_id, expected_version)
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
