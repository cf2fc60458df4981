{% set r = cookiecutter | resource %}
{% set n = r.names %}
{% set c = r.changing %}
"""The rules about {{ n.plural_words }}, with storage replaced."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from app.core.errors import {{ "Deactivated" if r.deactivates else "ConcurrentChange" }}, NotFound, StaleVersion, Taken, Unknown
from app.core.pagination import Page
{% if r.has_owner %}
from app.models.caller import Caller
{% endif %}
from app.models.{{ n.singular }} import {{ n.cls }}Changes, {{ n.cls }}Query{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from app.core.database.errors import StaleEntity
from app.core.database.repository import Reader, Repository
{% if r.unique %}
from app.repositories.interfaces.{{ n.plural }} import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}
from app.repositories.interfaces.storage import UnitOfWork
from app.services.{{ n.plural }} import {{ n.cls }}Service
from tests.conftest import SteppingClock
from tests.{{ n.plural }} import make_{{ n.singular }}, new_{{ n.singular }}

CHANGES = {{ n.cls }}Changes({{ c.name }}={{ c | literal(1) }})


class Test{{ n.cls }}Service:
    """Reads come from `{{ n.plural }}`, writes go through `work`."""

    @pytest.fixture(autouse=True)
    def arrange(self, clock: SteppingClock) -> None:
        self.{{ n.plural }} = Mock(spec=Reader)
        self.work = Mock(spec=UnitOfWork)
        self.work.{{ n.plural }} = Mock(spec=Repository)
{% for f in r.references if f.target != n %}
        self.work.{{ f.target.plural }} = Mock(spec=Repository)
{% endfor %}
        self.{{ n.singular }} = make_{{ n.singular }}(clock.now())
        self.{{ n.plural }}.get.return_value = self.{{ n.singular }}
        self.work.{{ n.plural }}.get.return_value = self.{{ n.singular }}
{% if r.has_owner %}
        caller = Caller(user_id=uuid4(), scopes=frozenset(), is_administrator=True)
        self.caller = caller
        self.service = {{ n.cls }}Service(self.{{ n.plural }}, self._begin, clock, caller)
{% else %}
        self.service = {{ n.cls }}Service(self.{{ n.plural }}, self._begin, clock)
{% endif %}

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    async def test_details_and_lists_are_those_of_the_repository(self) -> None:
        page = Page(items=(self.{{ n.singular }},), next=None)
        self.{{ n.plural }}.list.return_value = page
        query = {{ n.cls }}Query(size=1)

        details = await self.service.get_{{ n.singular }}_details(self.{{ n.singular }}.id)

        assert details is self.{{ n.singular }}
        assert await self.service.list_{{ n.plural }}(query) is page
        self.{{ n.plural }}.get.assert_awaited_once_with(self.{{ n.singular }}.id)
        self.{{ n.plural }}.list.assert_awaited_once_with(query)

    async def test_creating_stores_commits_and_logs(self) -> None:
        details = new_{{ n.singular }}()

        with capture_logs() as logs:
            {{ n.singular }} = (await self.service.create(details)).result

        assert {{ n.singular }}.{{ c.name }} == details.{{ c.name }}
        assert {{ n.singular }}.created_at == {{ n.singular }}.updated_at
{% if r.has_owner %}
        assert {{ n.singular }}.owner_id == self.caller.user_id
{% endif %}
        self.work.{{ n.plural }}.add.assert_awaited_once_with({{ n.singular }})
        self.work.commit.assert_awaited_once_with()
        [log] = logs
        assert log["event"] == "{{ n.singular }}_created"
        assert log["{{ n.singular }}_id"] == str({{ n.singular }}.id)

    async def test_a_change_touches_only_what_it_names(self) -> None:
        changed = await self.service.change(self.{{ n.singular }}.id, CHANGES, {1})

        assert changed == replace(
            self.{{ n.singular }},
            {{ c.name }}={{ c | literal(1) }},
            updated_at=changed.updated_at,
            version=2,
        )
        self.work.{{ n.plural }}.update.assert_awaited_once_with(changed)
        self.work.commit.assert_awaited_once_with()

{% if r.deactivates %}
    async def test_deactivating_stores_when_it_happened(self) -> None:
        await self.service.deactivate(self.{{ n.singular }}.id)

        stored = self.work.{{ n.plural }}.update.await_args.args[0]
        assert not stored.is_active
        self.work.commit.assert_awaited_once_with()

    async def test_what_is_deactivated_cannot_be_changed(
        self,
        clock: SteppingClock,
    ) -> None:
        gone = self.{{ n.singular }}.deactivated(at=clock.now())
        self.work.{{ n.plural }}.get.return_value = gone

        with pytest.raises(Deactivated):
            await self.service.change(gone.id, CHANGES, {2})
{% else %}
    async def test_deleting_removes_commits_and_logs(self) -> None:
        with capture_logs() as logs:
            await self.service.delete(self.{{ n.singular }}.id, {1})

        self.work.{{ n.plural }}.delete.assert_awaited_once_with(self.{{ n.singular }})
        self.work.commit.assert_awaited_once_with()
        assert [log["event"] for log in logs] == ["{{ n.singular }}_deleted"]

    async def test_deleting_another_version_is_refused(self) -> None:
        with pytest.raises(StaleVersion):
            await self.service.delete(self.{{ n.singular }}.id, {2})
        self.work.{{ n.plural }}.delete.side_effect = StaleEntity
        with pytest.raises(StaleVersion):
            await self.service.delete(self.{{ n.singular }}.id, {1})
        with pytest.raises(ConcurrentChange):
            await self.service.delete(self.{{ n.singular }}.id)

        self.work.commit.assert_not_awaited()
{% endif %}

    async def test_nothing_cannot_be_changed(self) -> None:
        self.work.{{ n.plural }}.get.return_value = None

        with pytest.raises(NotFound, match="no {{ n.words }}"):
            await self.service.change(uuid4(), CHANGES, {1})

    async def test_what_came_too_late_is_refused(self) -> None:
        self.work.{{ n.plural }}.update.side_effect = StaleEntity

        with pytest.raises(StaleVersion):
            await self.service.change(self.{{ n.singular }}.id, CHANGES, {1})

        self.work.commit.assert_not_awaited()
{% for f in r.unique %}

    async def test_{{ f.name }}_that_is_taken_is_refused(self) -> None:
        self.work.{{ n.plural }}.add.side_effect = {{ f.duplicate }}
        self.work.{{ n.plural }}.update.side_effect = {{ f.duplicate }}

        with pytest.raises(Taken):
            await self.service.create(new_{{ n.singular }}())
        with pytest.raises(Taken):
            await self.service.change(self.{{ n.singular }}.id, CHANGES, {1})

        self.work.commit.assert_not_awaited()
{% endfor %}
{% for f in r.references %}

    async def test_{{ f.name }}_has_to_refer_to_something(self) -> None:
        unknown = uuid4()
        self.work.{{ f.target.plural }}.get.side_effect = (
            lambda wanted: None if wanted == unknown else {{ "self." ~ n.singular if f.target == n else "Mock()" }}
        )

        with pytest.raises(Unknown):
            await self.service.create(new_{{ n.singular }}({{ f.name }}=unknown))
        with pytest.raises(Unknown):
            await self.service.change(
                self.{{ n.singular }}.id,
                {{ n.cls }}Changes({{ f.name }}=unknown),
                {1},
            )

        self.work.commit.assert_not_awaited()
{% endfor %}
