"""How many users there are, counted now and then."""

from app.core.caching import Region
from app.core.clock import Clock
from app.core.measuring import measured
from app.models.statistics import UserStatistics
from app.repositories.interfaces.users import UserRepository
from app.services.errors import storage_errors_translated

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
        kept: Region[UserStatistics],
        clock: Clock,
    ) -> None:
        self._users = users
        self._kept = kept
        self._clock = clock

    @storage_errors_translated()
    async def get_user_statistics(self) -> UserStatistics:
        """Return what was counted last; `as_of` says when."""
        return await self._kept.get_or_load(_KEY, self._count)

    async def _count(self) -> UserStatistics:
        now = self._clock.now()
        counts = await self._users.count_users()
        return UserStatistics(total=counts.total, active=counts.active, as_of=now)
