{% set r = cookiecutter | resource %}
{% set c = r.changing %}
"""The rules about sample items, with storage replaced."""

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
from app.models.sample_item import SampleItemChanges, SampleItemQuery{% for f in r.of_kind("enum") %}, {{ f.cls }}{% endfor %}

from app.core.database.errors import StaleEntity
from app.core.database.repository import Reader, Repository
{% if r.unique %}
from app.repositories.interfaces.sample_items import {{ r.unique | map(attribute="duplicate") | join(", ") }}
{% endif %}
from app.repositories.interfaces.storage import UnitOfWork
from app.services.sample_items import SampleItemService
from tests.conftest import SteppingClock
from tests.sample_items import make_sample_item, new_sample_item

CHANGES = SampleItemChanges({{ c.name }}={{ c | literal(1) }})


class TestSampleItemService:
    """Reads come from `sample_items`, writes go through `work`."""

    @pytest.fixture(autouse=True)
    def arrange(self, clock: SteppingClock) -> None:
        self.sample_items = Mock(spec=Reader)
        self.work = Mock(spec=UnitOfWork)
        self.work.sample_items = Mock(spec=Repository)
{% for f in r.references if f.target != r.names %}
        self.work.{{ f.target.plural }} = Mock(spec=Repository)
{% endfor %}
        self.sample_item = make_sample_item(clock.now())
        self.sample_items.get.return_value = self.sample_item
        self.work.sample_items.get.return_value = self.sample_item
{% if r.has_owner %}
        caller = Caller(user_id=uuid4(), scopes=frozenset(), is_administrator=True)
        self.caller = caller
        self.service = SampleItemService(self.sample_items, self._begin, clock, caller)
{% else %}
        self.service = SampleItemService(self.sample_items, self._begin, clock)
{% endif %}

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    async def test_details_and_lists_are_those_of_the_repository(self) -> None:
        page = Page(items=(self.sample_item,), next=None)
        self.sample_items.list.return_value = page
        query = SampleItemQuery(size=1)

        details = await self.service.get_sample_item_details(self.sample_item.id)

        assert details is self.sample_item
        assert await self.service.list_sample_items(query) is page
        self.sample_items.get.assert_awaited_once_with(self.sample_item.id)
        self.sample_items.list.assert_awaited_once_with(query)

    async def test_creating_stores_commits_and_logs(self) -> None:
        details = new_sample_item()

        with capture_logs() as logs:
            sample_item = (await self.service.create(details)).result

        assert sample_item.{{ c.name }} == details.{{ c.name }}
        assert sample_item.created_at == sample_item.updated_at
{% if r.has_owner %}
        assert sample_item.owner_id == self.caller.user_id
{% endif %}
        self.work.sample_items.add.assert_awaited_once_with(sample_item)
        self.work.commit.assert_awaited_once_with()
        [log] = logs
        assert log["event"] == "sample_item_created"
        assert log["sample_item_id"] == str(sample_item.id)

    async def test_a_change_touches_only_what_it_names(self) -> None:
        changed = await self.service.change(self.sample_item.id, CHANGES, {1})

        assert changed == replace(
            self.sample_item,
            {{ c.name }}={{ c | literal(1) }},
            updated_at=changed.updated_at,
            version=2,
        )
        self.work.sample_items.update.assert_awaited_once_with(changed)
        self.work.commit.assert_awaited_once_with()

{% if r.deactivates %}
    async def test_deactivating_stores_when_it_happened(self) -> None:
        await self.service.deactivate(self.sample_item.id)

        stored = self.work.sample_items.update.await_args.args[0]
        assert not stored.is_active
        self.work.commit.assert_awaited_once_with()

    async def test_what_is_deactivated_cannot_be_changed(
        self,
        clock: SteppingClock,
    ) -> None:
        gone = self.sample_item.deactivated(at=clock.now())
        self.work.sample_items.get.return_value = gone

        with pytest.raises(Deactivated):
            await self.service.change(gone.id, CHANGES, {2})
{% else %}
    async def test_deleting_removes_commits_and_logs(self) -> None:
        with capture_logs() as logs:
            await self.service.delete(self.sample_item.id, {1})

        self.work.sample_items.delete.assert_awaited_once_with(self.sample_item)
        self.work.commit.assert_awaited_once_with()
        assert [log["event"] for log in logs] == ["sample_item_deleted"]

    async def test_deleting_another_version_is_refused(self) -> None:
        with pytest.raises(StaleVersion):
            await self.service.delete(self.sample_item.id, {2})
        self.work.sample_items.delete.side_effect = StaleEntity
        with pytest.raises(StaleVersion):
            await self.service.delete(self.sample_item.id, {1})
        with pytest.raises(ConcurrentChange):
            await self.service.delete(self.sample_item.id)

        self.work.commit.assert_not_awaited()
{% endif %}

    async def test_nothing_cannot_be_changed(self) -> None:
        self.work.sample_items.get.return_value = None

        with pytest.raises(NotFound, match="no sample item"):
            await self.service.change(uuid4(), CHANGES, {1})

    async def test_what_came_too_late_is_refused(self) -> None:
        self.work.sample_items.update.side_effect = StaleEntity

        with pytest.raises(StaleVersion):
            await self.service.change(self.sample_item.id, CHANGES, {1})

        self.work.commit.assert_not_awaited()
{% for f in r.unique %}

    async def test_{{ f.name }}_that_is_taken_is_refused(self) -> None:
        self.work.sample_items.add.side_effect = {{ f.duplicate }}
        self.work.sample_items.update.side_effect = {{ f.duplicate }}

        with pytest.raises(Taken):
            await self.service.create(new_sample_item())
        with pytest.raises(Taken):
            await self.service.change(self.sample_item.id, CHANGES, {1})

        self.work.commit.assert_not_awaited()
{% endfor %}
{% for f in r.references %}

    async def test_{{ f.name }}_has_to_refer_to_something(self) -> None:
        unknown = uuid4()
        self.work.{{ f.target.plural }}.get.side_effect = (
            lambda wanted: None if wanted == unknown else {{ "self.sample_item" if f.target == r.names else "Mock()" }}
        )

        with pytest.raises(Unknown):
            await self.service.create(new_sample_item({{ f.name }}=unknown))
        with pytest.raises(Unknown):
            await self.service.change(
                self.sample_item.id,
                SampleItemChanges({{ f.name }}=unknown),
                {1},
            )

        self.work.commit.assert_not_awaited()
{% endfor %}
