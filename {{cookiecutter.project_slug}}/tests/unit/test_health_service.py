"""Readiness."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.services.errors import DependencyUnavailable
from app.services.health import Check, HealthService
from tests.conftest import SteppingClock


async def _up() -> None:
    pass


async def _down() -> None:
    raise ConnectionRefusedError


async def _silent() -> None:
    await asyncio.Event().wait()


def _health_of(deadline: float = 1, **checks: Check) -> HealthService:
    return HealthService(lambda: checks, deadline, SteppingClock())


def _metric(name: str, dependency: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"dependency": dependency})


async def test_a_service_whose_dependencies_answer_is_ready() -> None:
    [database] = await _health_of(database=_up).require_ready()

    assert (database.name, database.is_up) == ("database", True)
    assert 0 <= database.seconds < 1


async def test_all_that_do_not_answer_in_time_are_named() -> None:
    health = _health_of(0.01, silent=_silent, fine=_up, down=_down)

    with pytest.raises(DependencyUnavailable) as caught:
        await health.require_ready()

    assert caught.value.dependencies == ("silent", "down")


async def test_each_has_a_deadline_of_its_own() -> None:
    fine, silent = await _health_of(0.05, fine=_up, silent=_silent).examine()

    assert fine.is_up
    assert fine.seconds < 0.05
    assert not silent.is_up
    assert silent.seconds >= 0.05


async def test_it_is_known_since_when_a_dependency_is_as_it_is() -> None:
    answers = {"database": _up}
    health = HealthService(lambda: answers, 1, SteppingClock())

    [first] = await health.examine()
    [same] = await health.examine()
    answers["database"] = _down
    [down] = await health.examine()

    assert same.since == first.since
    assert down.since == first.since + timedelta(seconds=1)


async def test_only_changes_are_logged() -> None:
    answers = {"database": _up}
    health = HealthService(lambda: answers, 1, SteppingClock())

    with capture_logs() as logs:
        await health.examine()
        for check in (_down, _down, _up, _up):
            answers["database"] = check
            await health.examine()

    events = [(line["event"], line["log_level"], line["dependency"]) for line in logs]
    assert events == [
        ("dependency_down", "warning", "database"),
        ("dependency_up", "info", "database"),
    ]


async def test_what_comes_of_a_check_is_a_metric() -> None:
    await _health_of(up_metric=_up, down_metric=_down).examine()

    assert _metric("dependency_up", "up_metric") == 1
    assert _metric("dependency_up", "down_metric") == 0
    assert _metric("dependency_check_seconds_count", "down_metric") == 1
    assert _metric("dependency_checked_timestamp_seconds", "down_metric")
