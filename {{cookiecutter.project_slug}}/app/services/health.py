"""Whether the service can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter

import structlog

from app.core.clock import Clock
from app.core.measuring import measured
from app.core.metrics import (
    DEPENDENCY_CHECK_SECONDS,
    DEPENDENCY_CHECKED,
    DEPENDENCY_UP,
)
from app.models.health import DependencyHealth
from app.services.errors import DependencyUnavailable

logger = structlog.get_logger()

Check = Callable[[], Awaitable[None]]
"""Returns if a dependency answers, raises whatever is wrong with it if not."""

Checks = Callable[[], Mapping[str, Check]]
"""Returns a check for each dependency, by its name."""


@measured("service")
class HealthService:
    """Asks every dependency whether it answers, each within a deadline of its own.

    `deadline` is in seconds. How a dependency was last is remembered: only changes are logged.
    """

    def __init__(self, checks: Checks, deadline: float, clock: Clock) -> None:
        self._checks = checks
        self._deadline = deadline
        self._clock = clock
        self._last: dict[str, DependencyHealth] = {}

    async def examine(self) -> Sequence[DependencyHealth]:
        """Return how every dependency is."""
        checks = self._checks()
        return await asyncio.gather(*(self._ask(*item) for item in checks.items()))

    async def require_ready(self) -> Sequence[DependencyHealth]:
        """Return how every dependency is, if all answer.

        Raises:
            DependencyUnavailable: names all those that don't.
        """
        dependencies = await self.examine()
        down = [dependency.name for dependency in dependencies if not dependency.is_up]
        if down:
            raise DependencyUnavailable(*down)
        return dependencies

    async def _ask(self, name: str, check: Check) -> DependencyHealth:
        started = perf_counter()
        error = await self._error_of(check)
        seconds = perf_counter() - started
        DEPENDENCY_CHECK_SECONDS.labels(name).observe(seconds)
        DEPENDENCY_CHECKED.labels(name).set_to_current_time()
        DEPENDENCY_UP.labels(name).set(error is None)
        return self._remember(name, error, seconds)

    async def _error_of(self, check: Check) -> Exception | None:
        try:
            async with asyncio.timeout(self._deadline):
                await check()
        except Exception as error:
            return error
        return None

    def _remember(
        self,
        name: str,
        error: Exception | None,
        seconds: float,
    ) -> DependencyHealth:
        is_up = error is None
        before = self._last.get(name)
        is_as_before = before is not None and before.is_up is is_up
        if error is not None and not is_as_before:
            logger.warning("dependency_down", dependency=name, error=repr(error))
        if before is not None and is_up and not is_as_before:
            logger.info("dependency_up", dependency=name)
        self._last[name] = DependencyHealth(
            name=name,
            is_up=is_up,
            seconds=seconds,
            since=before.since if before and is_as_before else self._clock.now(),
        )
        return self._last[name]
