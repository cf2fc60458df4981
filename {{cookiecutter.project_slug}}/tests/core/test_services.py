"""Services of entities that are deleted: users stand for them, and storage is replaced."""

from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from unittest.mock import Mock
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from app.core.database.errors import StaleEntity
from app.core.errors import ConcurrentChange, NotFound, StaleVersion
from app.core.versions import ANY_VERSION
from app.repositories.interfaces.storage import UnitOfWork
from app.repositories.interfaces.users import UserRepository, WritableUserRepository
from app.services.statistics import StatisticsService
from app.services.users import UserService
from tests.conftest import MakeUser, SteppingClock


class DeletingService(UserService):
    """Deletes users."""

    async def delete(
        self,
        user_id: UUID,
        expected_version: Container[int] = ANY_VERSION,
    ) -> None:
        """Delete a user."""
        await self._delete(user_id, expected_version)


class TestDeletingService:
    """`user` is stored, in its first version."""

    @pytest.fixture(autouse=True)
    def arrange(self, clock: SteppingClock, make_user: MakeUser) -> None:
        self.user = make_user()
        self.work = Mock(spec=UnitOfWork)
        self.work.users = Mock(spec=WritableUserRepository)
        self.work.users.get.return_value = self.user
        users, statistics = Mock(spec=UserRepository), Mock(spec=StatisticsService)
        self.service = DeletingService(users, self._begin, clock, statistics)

    @asynccontextmanager
    async def _begin(self) -> AsyncIterator[UnitOfWork]:
        yield self.work

    async def test_delete_commits_and_logs(self) -> None:
        with capture_logs() as logs:
            await self.service.delete(self.user.id)

        self.work.users.delete.assert_awaited_once_with(self.user)
        self.work.commit.assert_awaited_once_with()
        about = {"user_id": str(self.user.id), "log_level": "info"}
        assert logs == [{"event": "user_deleted", **about}]

    async def test_delete_of_nothing_is_not_found(self) -> None:
        self.work.users.get.return_value = None

        with pytest.raises(NotFound):
            await self.service.delete(self.user.id)

    async def test_delete_of_what_is_changed_meanwhile_is_a_conflict(self) -> None:
        self.work.users.delete.side_effect = StaleEntity

        with pytest.raises(ConcurrentChange):
            await self.service.delete(self.user.id)

        self.work.commit.assert_not_awaited()

    async def test_delete_takes_one_of_the_versions_that_are_expected(self) -> None:
        with pytest.raises(StaleVersion):
            await self.service.delete(self.user.id, {2})
        self.work.users.delete.assert_not_awaited()

        await self.service.delete(self.user.id, {1})

        self.work.users.delete.assert_awaited_once_with(self.user)
