"""Whether the service can do its work."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from app.core.measuring import measured
from app.core.metrics import DEPENDENCY_CHECK_SECONDS, DEPENDENCY_UP
from app.services.errors import DependencyUnavailable

logger = structlog.get_logger()

Check = Callable[[], Awaitable[None]]
"""Returns if a dependency answers, raises whatever is wrong with it if not."""


@measured("service")
class HealthService:
    """Asks every dependency whether it answers, each within a deadline of its own.

    `checks` has a check for each dependency's name, `deadline` is in seconds.
    """

    def __init__(self, checks: Mapping[str, Check], deadline: float) -> None:
        self._checks = checks
        self._deadline = deadline

    async def require_ready(self) -> None:
        """Return if every dependency answers.

        Raises:
            DependencyUnavailable: names all those that don't.
        """
        names = list(self._checks)
        answers = await asyncio.gather(*(self._answers(name) for name in names))
        down = [name for name, up in zip(names, answers, strict=True) if not up]
        if down:
            raise DependencyUnavailable(*down)

    async def _answers(self, name: str) -> bool:
        with DEPENDENCY_CHECK_SECONDS.labels(name).time():
            up = await self._is_well(name)
        DEPENDENCY_UP.labels(name).set(up)
        return up

    async def _is_well(self, name: str) -> bool:
        try:
            async with asyncio.timeout(self._deadline):
                await self._checks[name]()
        except Exception as error:
            logger.warning("dependency_down", dependency=name, error=repr(error))
            return False
        return True
