"""Counting users now and then."""

from datetime import date
from unittest.mock import Mock

import pytest

from app.core.cache.base import Cache, Lifetimes
from app.core.database.errors import StorageUnavailable
from app.core.errors import DependencyUnavailable
from app.models.statistics import UserCounts, UserStatistics
from app.repositories.interfaces.registration_counts import RegistrationCounts
from app.repositories.interfaces.users import UserRepository
from app.services.statistics import StatisticsService
from tests.conftest import SteppingClock

TODAY = date(2026, 1, 31)
FIRST_DAY = date(2026, 1, 2)


class TestStatisticsService:
    """Users are counted by `users`; the cache is the one that was chosen."""

    @pytest.fixture(autouse=True)
    def arrange(self, cache: Cache, clock: SteppingClock) -> None:
        self.clock = clock
        self.users = Mock(spec=UserRepository)
        self.users.count_users.return_value = UserCounts(total=3, active=2)
        self.registrations = Mock(spec=RegistrationCounts)
        self.registrations.by_day.return_value = {FIRST_DAY: 2, TODAY: 1}
        kept = cache.region("user_statistics", UserStatistics, Lifetimes(60))
        self.service = StatisticsService(self.users, self.registrations, kept, clock)

    async def test_users_are_counted_once_for_many_who_ask(self) -> None:
        before = self.clock.now()

        statistics = [await self.service.get_user_statistics() for _ in range(3)]

        assert statistics[0].total == 3
        assert statistics[0].active == 2
        assert before < statistics[0].as_of < self.clock.now()
        assert statistics == [statistics[0]] * 3
        self.users.count_users.assert_awaited_once_with()

    async def test_the_last_30_days_are_shown_also_those_without_registrations(
        self,
    ) -> None:
        statistics = await self.service.get_user_statistics()

        shown = statistics.registrations
        assert [(day.day - FIRST_DAY).days for day in shown] == list(range(30))
        assert [day.count for day in shown] == [2, *[0] * 28, 1]
        self.registrations.by_day.assert_awaited_once_with(FIRST_DAY, TODAY)

    async def test_storage_that_does_not_answer_is_an_unavailable_dependency(
        self,
    ) -> None:
        self.users.count_users.side_effect = StorageUnavailable

        with pytest.raises(DependencyUnavailable):
            await self.service.get_user_statistics()
