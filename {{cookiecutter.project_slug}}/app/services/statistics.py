"""How many users there are, counted now and then."""

from app.core.cache.base import Region
from app.core.clock import Clock
from app.core.errors import translate_storage_errors
from app.core.observability.instrumentation import measured
from app.models.statistics import UserStatistics, shown_days, with_empty_days
from app.repositories.interfaces.registration_counts import RegistrationCounts
from app.repositories.interfaces.users import UserRepository

_KEY = "all"


@measured("service")
class StatisticsService:
    """Counts users. To count them all takes long, so what was counted is kept for a while.

    `kept` says for how long; everybody sees the same figures meanwhile.

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.
    """

    def __init__(
        self,
        users: UserRepository,
        registrations: RegistrationCounts,
        kept: Region[UserStatistics],
        clock: Clock,
    ) -> None:
        self._users = users
        self._registrations = registrations
        self._kept = kept
        self._clock = clock

    @translate_storage_errors()
    async def get_user_statistics(self) -> UserStatistics:
        """Return what was counted last; `as_of` says when."""
        return await self._kept.get_or_load(_KEY, self._count)

    async def _count(self) -> UserStatistics:
        now = self._clock.now()
        days = shown_days(now)
        counts = await self._users.count_users()
        registered = await self._registrations.by_day(days[0], days[-1])
        return UserStatistics(
            total=counts.total,
            active=counts.active,
            registrations=with_empty_days(registered, days),
            as_of=now,
        )
