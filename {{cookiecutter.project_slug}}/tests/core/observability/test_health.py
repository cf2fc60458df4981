"""Readiness."""

import asyncio
from collections.abc import Iterable
from unittest.mock import AsyncMock

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.core.deadline import deadline, remaining
from app.core.observability.health import Dependency, HealthService


async def _up() -> None:
    pass


async def _down() -> None:
    raise ConnectionRefusedError("nobody@10.0.0.1 with hunter2")


async def _silent() -> None:
    await asyncio.Event().wait()


def _health(dependencies: Iterable[Dependency], freshness: float = 60) -> HealthService:
    return HealthService(dependencies, deadline=0.01, freshness=freshness)


async def test_a_service_whose_dependencies_answer_misses_nothing() -> None:
    report = await _health([Dependency("database", _up)]).examine()

    assert report.is_flawless
    assert report.missing == []


async def test_all_that_do_not_answer_in_time_are_named_with_a_reason() -> None:
    dependencies = [
        Dependency("silent", _silent),
        Dependency("fine", _up),
        Dependency("down", _down),
    ]

    with capture_logs() as logs:
        report = await _health(dependencies).examine()

    assert report.missing == ["silent", "down"]
    reasons = [finding.reason for finding in report.findings]
    assert reasons == ["no answer within 0.01 s", None, "ConnectionRefusedError"]
    assert {event["dependency"] for event in logs} == {"silent", "down"}


async def test_what_is_not_required_is_not_missed() -> None:
    dependencies = [Dependency("cache", _down, required=False)]

    report = await _health(dependencies).examine()

    assert report.missing == []
    assert not report.is_flawless


@pytest.mark.parametrize("failing", [True, False])
async def test_however_many_ask_a_dependency_is_asked_once(failing: bool) -> None:
    check = AsyncMock(side_effect=ConnectionError if failing else None)
    health = _health([Dependency("database", check)])

    reports = await asyncio.gather(*(health.examine() for _ in range(50)))
    reports.append(await health.examine())

    assert check.await_count == 1
    assert {report.is_flawless for report in reports} == {not failing}


async def test_a_finding_that_is_not_fresh_any_more_is_looked_for_again() -> None:
    check = AsyncMock(side_effect=[ConnectionError, None])
    health = _health([Dependency("database", check)], freshness=0)

    assert not (await health.examine()).is_flawless
    assert (await health.examine()).is_flawless


async def test_who_gives_up_does_not_take_the_check_from_others() -> None:
    go_on = asyncio.Event()

    async def wait() -> None:
        await go_on.wait()

    dependencies = [Dependency("database", wait)]
    health = HealthService(dependencies, deadline=10, freshness=60)
    first = asyncio.create_task(health.examine())
    second = asyncio.create_task(health.examine())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    go_on.set()

    assert (await second).is_flawless


async def test_a_check_has_the_deadline_of_checks_and_not_of_who_asks() -> None:
    left: list[float] = []

    async def look() -> None:
        left.append(remaining(60))

    with deadline(0.001):
        await _health([Dependency("database", look)]).examine()

    assert left == [60]


async def test_findings_have_an_age() -> None:
    health = _health([Dependency("database", _up)])

    [before] = (await health.examine()).findings
    await asyncio.sleep(0.01)
    [after] = (await health.examine()).findings

    assert after == before
    assert after.age >= 0.01


async def test_only_changes_are_logged() -> None:
    check = AsyncMock(side_effect=[None, OSError, OSError, None, None])
    health = _health([Dependency("database", check)], freshness=0)

    with capture_logs() as logs:
        for _ in range(5):
            await health.examine()

    events = [(line["event"], line["log_level"], line["dependency"]) for line in logs]
    assert events == [
        ("dependency_down", "warning", "database"),
        ("dependency_up", "info", "database"),
    ]


async def test_findings_are_metrics() -> None:
    dependencies = [Dependency("well", _up), Dependency("unwell", _down)]

    await _health(dependencies).examine()

    for name, expected in (("well", 1), ("unwell", 0)):
        labels = {"dependency": name}
        assert REGISTRY.get_sample_value("dependency_up", labels) == expected
        for other in ("check_seconds_count", "checked_timestamp_seconds"):
            assert REGISTRY.get_sample_value(f"dependency_{other}", labels)


async def test_once_it_is_closed_nobody_is_asked_any_more() -> None:
    asked, stopped = asyncio.Event(), asyncio.Event()

    async def check() -> None:
        asked.set()
        try:
            await _silent()
        finally:
            stopped.set()

    dependency = Dependency("database", check)
    health = HealthService([dependency], deadline=60, freshness=60)
    asking = asyncio.create_task(health.examine())
    await asked.wait()
    asking.cancel()
    await asyncio.wait([asking])
    assert not stopped.is_set()

    await health.aclose()

    assert stopped.is_set()
