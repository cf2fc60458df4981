"""The rules about users, with storage replaced."""

from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from dataclasses import replace
from unittest.mock import Mock
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.core.database.errors import StaleEntity, StorageUnavailable
from app.core.errors import (
    ConcurrentChange,
    Deactivated,
    DependencyUnavailable,
    NotFound,
    StaleVersion,
)
from app.core.events.outbox import Outbox
from app.core.pagination import Page
from app.core.versions import ANY_VERSION
from app.models.events import UserRegistered
from app.models.user import UserChanges, UserDetails, UserQuery
from app.repositories.interfaces.storage import UnitOfWork
from app.repositories.interfaces.users import (
    DuplicateEmail,
    DuplicateUser,
    UserRepository,
    WritableUserRepository,
)
from app.services.errors import EmailTaken, UserExists
from app.services.statistics import StatisticsService
from app.services.users import UserService
from tests.conftest import MakeUser, SteppingClock


class TestUserService:
    """Reads come from `users`, writes go through `work`."""

    @pytest.fixture(autouse=True)
    def arrange(self, clock: SteppingClock, make_user: MakeUser) -> None:
        self.users = Mock(spec=UserRepository)
        self.statistics = Mock(spec=StatisticsService)
        self.work = Mock(spec=UnitOfWork)
        self.work.users = Mock(spec=WritableUserRepository)
        self.work.outbox = Mock(spec=Outbox)
        self.user = make_user()
        self.work.users.get.return_value = self.user
        self.service = UserService(
            self.users,
            self._begin,
            clock,
            self.statistics,
        )

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    async def test_details_are_those_of_the_repository(self) -> None:
        self.users.get.return_value = self.user

        details = await self.service.get_user_details(self.user.id)

        assert details is self.user
        self.users.get.assert_awaited_once_with(self.user.id)

    async def test_who_is_fetched_and_why_that_failed_is_logged(self) -> None:
        self.users.get.side_effect = [self.user, StorageUnavailable("too slow")]

        with capture_logs() as logs:
            await self.service.get_user_details(self.user.id)
            with pytest.raises(DependencyUnavailable):
                await self.service.get_user_details(self.user.id)

        about = {"user_id": str(self.user.id)}
        fetching = {"event": "fetching_user_details", "log_level": "debug", **about}
        failed = {"event": "user_fetch_failed", "log_level": "warning", **about}
        assert logs == [fetching, fetching, {**failed, "reason": "too slow"}]

    async def test_details_of_nobody_are_not_found(self) -> None:
        self.users.get.return_value = None

        with pytest.raises(NotFound):
            await self.service.get_user_details(uuid4())

    async def test_a_list_is_what_the_repository_returns(self) -> None:
        page = Page(items=(self.user,), next=None)
        self.users.list.return_value = page
        query = UserQuery(size=1)

        assert await self.service.list_users(query) is page
        self.users.list.assert_awaited_once_with(query)

    async def test_statistics_are_those_of_the_service_that_counts(self) -> None:
        statistics = await self.service.get_statistics()

        assert statistics is self.statistics.get_user_statistics.return_value

    async def test_registering_stores_and_commits(self) -> None:
        details = UserDetails(email=" Ada@Example.COM ", name=" Ada ")

        answer = await self.service.register(details)

        user = answer.result
        assert not answer.replayed
        assert (user.email, user.name, user.version) == ("ada@example.com", "Ada", 1)
        assert user.created_at == user.updated_at
        self.work.users.add.assert_awaited_once_with(user)
        self.work.commit.assert_awaited_once_with()

    async def test_registering_announces_who_it_was_and_when(self) -> None:
        details = UserDetails(email="ada@example.com", name="Ada")

        user = (await self.service.register(details)).result

        event = self.work.outbox.add.await_args.args[0]
        assert event.name == UserRegistered.NAME
        assert event.payload == {"user_id": str(user.id)}
        assert event.occurred_at == user.created_at
        assert event.id != user.id

    async def test_the_log_names_who_was_registered_and_the_event_that_tells(
        self,
    ) -> None:
        details = UserDetails(email="ada@example.com", name="Ada")

        with capture_logs() as logs:
            user = (await self.service.register(details)).result

        event = self.work.outbox.add.await_args.args[0]
        assert logs == [
            {
                "event": "user_registered",
                "log_level": "info",
                "user_id": str(user.id),
                "event_id": str(event.id),
            },
        ]

    async def test_registering_is_counted(self) -> None:
        before = REGISTRY.get_sample_value("users_registered_total") or 0

        await self.service.register(UserDetails(email="ada@example.com", name="Ada"))
        self.work.commit.side_effect = StorageUnavailable
        with pytest.raises(DependencyUnavailable):
            await self.service.register(
                UserDetails(email="bob@example.com", name="Bob"),
            )

        assert REGISTRY.get_sample_value("users_registered_total") == before + 1

    @pytest.mark.parametrize(
        ("failure", "refusal"),
        [(DuplicateEmail, EmailTaken), (DuplicateUser, UserExists)],
    )
    async def test_registering_what_is_registered_is_refused(
        self,
        failure: type[Exception],
        refusal: type[Exception],
    ) -> None:
        self.work.users.add.side_effect = failure

        with pytest.raises(refusal):
            await self.service.register(
                UserDetails(email="ada@example.com", name="Ada"),
            )

        self.work.outbox.add.assert_not_awaited()
        self.work.commit.assert_not_awaited()

    async def test_a_change_touches_only_what_it_names(self) -> None:
        changed = await self.service.change(
            self.user.id,
            UserChanges(name="Ada King"),
            expected_version={1},
        )

        assert changed == replace(
            self.user,
            name="Ada King",
            updated_at=changed.updated_at,
            version=2,
        )
        assert changed.updated_at > self.user.updated_at
        self.work.users.update.assert_awaited_once_with(changed)
        self.work.commit.assert_awaited_once_with()

    @pytest.mark.parametrize("changes", [UserChanges(), UserChanges(name="Ada")])
    async def test_a_change_of_nothing_writes_nothing(
        self,
        changes: UserChanges,
    ) -> None:
        with capture_logs() as logs:
            user = await self.service.change(self.user.id, changes, {1})

        assert user is self.user
        assert logs == []
        self.work.users.update.assert_not_awaited()
        self.work.commit.assert_not_awaited()

    async def test_nobody_cannot_be_changed(self) -> None:
        self.work.users.get.return_value = None

        with pytest.raises(NotFound):
            await self.service.change(uuid4(), UserChanges(name="X"), {1})

    async def test_a_deactivated_user_cannot_be_changed(
        self,
        clock: SteppingClock,
    ) -> None:
        gone = self.user.deactivated(at=clock.now())
        self.work.users.get.return_value = gone

        with pytest.raises(Deactivated):
            await self.service.change(gone.id, UserChanges(name="X"), {1})

        self.work.users.update.assert_not_awaited()

    @pytest.mark.parametrize(
        ("failure", "refusal"),
        [(DuplicateEmail, EmailTaken), (StaleEntity, StaleVersion)],
    )
    async def test_a_change_that_storage_refuses_is_refused(
        self,
        failure: type[Exception],
        refusal: type[Exception],
    ) -> None:
        self.work.users.update.side_effect = failure

        with pytest.raises(refusal):
            await self.service.change(self.user.id, UserChanges(name="X"), {1})

        self.work.commit.assert_not_awaited()

    @pytest.mark.parametrize("expected", [set(), {2}, {3, 2}])
    async def test_a_version_that_nobody_expected_is_not_changed(
        self,
        expected: set[int],
    ) -> None:
        with pytest.raises(StaleVersion):
            await self.service.change(self.user.id, UserChanges(), expected)
        with pytest.raises(StaleVersion):
            await self.service.deactivate(self.user.id, expected)

        self.work.users.update.assert_not_awaited()

    async def test_a_change_of_any_version_that_came_too_late_is_a_conflict(
        self,
    ) -> None:
        self.work.users.update.side_effect = StaleEntity

        with pytest.raises(ConcurrentChange):
            await self.service.change(self.user.id, UserChanges(name="X"), ANY_VERSION)

    async def test_deactivating_stores_when_it_happened(self) -> None:
        await self.service.deactivate(self.user.id)

        stored = self.work.users.update.await_args.args[0]
        assert not stored.is_active
        assert stored.version == 2
        self.work.commit.assert_awaited_once_with()

    async def test_deactivating_again_writes_nothing(
        self,
        clock: SteppingClock,
    ) -> None:
        gone = self.user.deactivated(at=clock.now())
        self.work.users.get.return_value = gone

        with capture_logs() as logs:
            await self.service.deactivate(gone.id, {1})

        assert logs == []
        self.work.users.update.assert_not_awaited()

    async def test_nobody_cannot_be_deactivated(self) -> None:
        self.work.users.get.return_value = None

        with pytest.raises(NotFound):
            await self.service.deactivate(uuid4())

    @pytest.mark.parametrize(
        ("expected", "refusal"),
        [({1}, StaleVersion), (ANY_VERSION, ConcurrentChange)],
    )
    async def test_a_deactivation_that_came_too_late_is_refused(
        self,
        expected: Container[int],
        refusal: type[Exception],
    ) -> None:
        self.work.users.update.side_effect = StaleEntity

        with pytest.raises(refusal):
            await self.service.deactivate(self.user.id, expected)

    async def test_storage_that_does_not_answer_is_an_unavailable_dependency(
        self,
    ) -> None:
        self.users.get.side_effect = StorageUnavailable

        with pytest.raises(DependencyUnavailable) as caught:
            await self.service.get_user_details(self.user.id)

        assert caught.value.dependencies == ("database",)
