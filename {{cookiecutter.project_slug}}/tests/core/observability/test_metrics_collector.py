"""What is looked at every so often."""

import asyncio
from unittest.mock import Mock

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.core.database.storage import PoolUsage
from app.core.observability.health import HealthService
from app.core.observability.metrics_collector import Monitor
from tests.core.jobs import eventually


def _connections(state: str) -> float | None:
    return REGISTRY.get_sample_value("pool_connections", {"state": state})


async def test_a_look_shows_connections_and_asks_dependencies() -> None:
    health = Mock(spec=HealthService)
    usage = PoolUsage(open=5, in_use=3, waiting=2)

    await Monitor(health, lambda: usage, interval=60).look()

    assert [_connections(of) for of in ("open", "in_use", "waiting")] == [5, 3, 2]
    health.examine.assert_awaited_once_with()


async def test_it_looks_again_until_it_is_cancelled() -> None:
    looked = asyncio.Semaphore(0)
    health = Mock(spec=HealthService)
    health.examine.side_effect = looked.release

    running = asyncio.create_task(Monitor(health, PoolUsage, interval=0.001).run())
    for _ in range(3):
        await asyncio.wait_for(looked.acquire(), 5)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running


async def test_it_looks_again_after_whatever_went_wrong() -> None:
    health = Mock(spec=HealthService)
    pool_usage = Mock(side_effect=[ValueError("?"), *[PoolUsage()] * 1000])

    with capture_logs() as logs:
        running = asyncio.create_task(Monitor(health, pool_usage, interval=0.001).run())
        await eventually(lambda: health.examine.await_count >= 1)
        running.cancel()
        await asyncio.wait([running])

    assert [log["event"] for log in logs] == ["monitor_interrupted"]
