{% set r = cookiecutter | resource %}
{% set n = r.names %}
{% set c = r.changing %}
"""The rules about {{ n.plural_words }}, with storage replaced."""

from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from unittest.mock import Mock
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from app.models.{{ n.singular }} import {{ n.cls }}Changes, {{ n.cls }}Query{% for f in r.of_kind("enum") %}, {{ f.enum }}{% endfor %}

from app.core.database.errors import StaleEntity, StorageUnavailable
from app.core.pagination import Page
from app.core.versions import ANY_VERSION
{% if r.unique %}
from app.repositories.interfaces.{{ n.plural }} import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}
from app.core.database.repository import Reader, Repository
from app.core.errors import ConcurrentChange, DependencyUnavailable, StaleVersion
from app.repositories.interfaces.storage import UnitOfWork
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
        self.work.{{ n.plural }}.get.return_value = self.{{ n.singular }}
{% if r.has_owner %}
        self.owner_id = uuid4()
        self.service = {{ n.cls }}Service(
            self.{{ n.plural }},
            self._begin,
            clock,
            owner_id=self.owner_id,
        )
{% else %}
        self.service = {{ n.cls }}Service(self.{{ n.plural }}, self._begin, clock)
{% endif %}

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    async def test_details_are_those_of_the_repository(self) -> None:
        self.{{ n.plural }}.get.return_value = self.{{ n.singular }}

        details = await self.service.get_{{ n.singular }}_details(self.{{ n.singular }}.id)

        assert details is self.{{ n.singular }}
        self.{{ n.plural }}.get.assert_awaited_once_with(self.{{ n.singular }}.id)

    async def test_what_is_fetched_and_why_that_failed_is_logged(self) -> None:
        self.{{ n.plural }}.get.side_effect = [
            self.{{ n.singular }},
            StorageUnavailable("too slow"),
        ]

        with capture_logs() as logs:
            await self.service.get_{{ n.singular }}_details(self.{{ n.singular }}.id)
            with pytest.raises(DependencyUnavailable):
                await self.service.get_{{ n.singular }}_details(self.{{ n.singular }}.id)

        about = {"{{ n.singular }}_id": str(self.{{ n.singular }}.id)}
        fetching = {"event": "fetching_{{ n.singular }}_details", "log_level": "debug", **about}
        failed = {"event": "{{ n.singular }}_fetch_failed", "log_level": "warning", **about}
        assert logs == [fetching, fetching, {**failed, "reason": "too slow"}]

    async def test_details_of_nothing_are_not_found(self) -> None:
        self.{{ n.plural }}.get.return_value = None

        with pytest.raises({{ n.cls }}NotFound):
            await self.service.get_{{ n.singular }}_details(uuid4())

    async def test_a_list_is_what_the_repository_returns(self) -> None:
        page = Page(items=(self.{{ n.singular }},), next=None)
        self.{{ n.plural }}.list.return_value = page
        query = {{ n.cls }}Query(size=1)

        assert await self.service.list_{{ n.plural }}(query) is page
        self.{{ n.plural }}.list.assert_awaited_once_with(query)

    async def test_creating_stores_and_commits(self) -> None:
        details = new_{{ n.singular }}()

        answer = await self.service.create(details)

        {{ n.singular }} = answer.result
        assert not answer.replayed
        assert {{ n.singular }}.version == 1
        assert {{ n.singular }}.{{ c.name }} == details.{{ c.name }}
        assert {{ n.singular }}.created_at == {{ n.singular }}.updated_at
{% if r.has_owner %}
        assert {{ n.singular }}.owner_id == self.owner_id
{% endif %}
        self.work.{{ n.plural }}.add.assert_awaited_once_with({{ n.singular }})
        self.work.commit.assert_awaited_once_with()

    async def test_the_log_names_what_was_created(self) -> None:
        with capture_logs() as logs:
            {{ n.singular }} = (await self.service.create(new_{{ n.singular }}())).result

        assert logs == [
            {
                "event": "{{ n.singular }}_created",
                "log_level": "info",
                "{{ n.singular }}_id": str({{ n.singular }}.id),
            },
        ]
{% for f in r.unique %}

    async def test_{{ f.name }}_that_is_taken_is_refused(self) -> None:
        self.work.{{ n.plural }}.add.side_effect = {{ f.duplicate }}
        self.work.{{ n.plural }}.update.side_effect = {{ f.duplicate }}

        with pytest.raises({{ f.taken }}):
            await self.service.create(new_{{ n.singular }}())
        with pytest.raises({{ f.taken }}):
            await self.service.change(self.{{ n.singular }}.id, CHANGES, {1})

        self.work.commit.assert_not_awaited()
{% endfor %}
{% for f in r.references %}

    async def test_{{ f.name }}_has_to_refer_to_something(self) -> None:
        unknown = uuid4()
        self.work.{{ f.target.plural }}.get.side_effect = (
            lambda wanted: None if wanted == unknown else {{ "self." ~ n.singular if f.target == n else "Mock()" }}
        )

        with pytest.raises({{ f.unknown }}):
            await self.service.create(new_{{ n.singular }}({{ f.name }}=unknown))
        with pytest.raises({{ f.unknown }}):
            await self.service.change(
                self.{{ n.singular }}.id,
                {{ n.cls }}Changes({{ f.name }}=unknown),
                {1},
            )

        self.work.commit.assert_not_awaited()
{% endfor %}

    async def test_a_change_touches_only_what_it_names(self) -> None:
        changed = await self.service.change(self.{{ n.singular }}.id, CHANGES, {1})

        assert changed == replace(
            self.{{ n.singular }},
            {{ c.name }}={{ c | literal(1) }},
            updated_at=changed.updated_at,
            version=2,
        )
        assert changed.updated_at > self.{{ n.singular }}.updated_at
        self.work.{{ n.plural }}.update.assert_awaited_once_with(changed)
        self.work.commit.assert_awaited_once_with()

    async def test_a_change_of_nothing_writes_nothing(self) -> None:
        with capture_logs() as logs:
            {{ n.singular }} = await self.service.change(self.{{ n.singular }}.id, {{ n.cls }}Changes(), {1})

        assert {{ n.singular }} is self.{{ n.singular }}
        assert logs == []
        self.work.{{ n.plural }}.update.assert_not_awaited()
        self.work.commit.assert_not_awaited()

    async def test_nothing_cannot_be_changed(self) -> None:
        self.work.{{ n.plural }}.get.return_value = None

        with pytest.raises({{ n.cls }}NotFound):
            await self.service.change(uuid4(), CHANGES, {1})
        with pytest.raises({{ n.cls }}NotFound):
            await self.service.deactivate(uuid4())

    async def test_what_is_deactivated_cannot_be_changed(
        self,
        clock: SteppingClock,
    ) -> None:
        gone = self.{{ n.singular }}.deactivated(at=clock.now())
        self.work.{{ n.plural }}.get.return_value = gone

        with pytest.raises({{ n.cls }}Deactivated):
            await self.service.change(gone.id, CHANGES, {1})

        self.work.{{ n.plural }}.update.assert_not_awaited()

    @pytest.mark.parametrize("expected", [set(), {2}, {3, 2}])
    async def test_a_version_that_nobody_expected_is_not_changed(
        self,
        expected: set[int],
    ) -> None:
        with pytest.raises(StaleVersion):
            await self.service.change(self.{{ n.singular }}.id, {{ n.cls }}Changes(), expected)
        with pytest.raises(StaleVersion):
            await self.service.deactivate(self.{{ n.singular }}.id, expected)

        self.work.{{ n.plural }}.update.assert_not_awaited()

    @pytest.mark.parametrize(
        ("expected", "refusal"),
        [({1}, StaleVersion), (ANY_VERSION, ConcurrentChange)],
    )
    async def test_what_came_too_late_is_refused(
        self,
        expected: Container[int],
        refusal: type[Exception],
    ) -> None:
        self.work.{{ n.plural }}.update.side_effect = StaleEntity

        with pytest.raises(refusal):
            await self.service.change(self.{{ n.singular }}.id, CHANGES, expected)
        with pytest.raises(refusal):
            await self.service.deactivate(self.{{ n.singular }}.id, expected)

        self.work.commit.assert_not_awaited()

    async def test_deactivating_stores_when_it_happened(self) -> None:
        await self.service.deactivate(self.{{ n.singular }}.id)

        stored = self.work.{{ n.plural }}.update.await_args.args[0]
        assert not stored.is_active
        assert stored.version == 2
        self.work.commit.assert_awaited_once_with()

    async def test_deactivating_again_writes_nothing(
        self,
        clock: SteppingClock,
    ) -> None:
        gone = self.{{ n.singular }}.deactivated(at=clock.now())
        self.work.{{ n.plural }}.get.return_value = gone

        with capture_logs() as logs:
            await self.service.deactivate(gone.id, {1})

        assert logs == []
        self.work.{{ n.plural }}.update.assert_not_awaited()

    async def test_storage_that_does_not_answer_is_an_unavailable_dependency(
        self,
    ) -> None:
        self.{{ n.plural }}.get.side_effect = StorageUnavailable

        with pytest.raises(DependencyUnavailable) as caught:
            await self.service.get_{{ n.singular }}_details(self.{{ n.singular }}.id)

        assert caught.value.dependencies == ("database",)
