"""What nobody asks for, and is to be seen all the same."""

import asyncio
from collections.abc import Callable

import structlog

from app.core.database.storage import PoolUsage
from app.core.observability.health import HealthService
from app.core.observability.metrics import POOL_CONNECTIONS

logger = structlog.get_logger()


class Monitor:
    """Looks at dependencies and at the pool of connections every so often, for metrics.

    `interval` is in seconds.
    """

    def __init__(
        self,
        health: HealthService,
        pool_usage: Callable[[], PoolUsage],
        interval: float,
    ) -> None:
        self._health = health
        self._pool_usage = pool_usage
        self._interval = interval

    async def run(self) -> None:
        """Look again and again, whatever goes wrong, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception:
                logger.exception("monitor_interrupted")
            await asyncio.sleep(self._interval)

    async def look(self) -> None:
        """Look once."""
        usage = self._pool_usage()
        POOL_CONNECTIONS.labels("open").set(usage.open)
        POOL_CONNECTIONS.labels("in_use").set(usage.in_use)
        POOL_CONNECTIONS.labels("waiting").set(usage.waiting)
        await self._health.examine()
