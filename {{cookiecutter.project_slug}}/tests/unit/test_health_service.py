"""Readiness."""

import asyncio

import pytest

from app.services.errors import DependencyUnavailable
from app.services.health import HealthService


async def _up() -> None:
    pass


async def _down() -> None:
    raise ConnectionRefusedError


async def _silent() -> None:
    await asyncio.Event().wait()


async def test_a_service_whose_dependencies_answer_is_ready() -> None:
    await HealthService({"database": _up}, deadline=1).require_ready()


async def test_all_that_do_not_answer_in_time_are_named() -> None:
    checks = {"silent": _silent, "fine": _up, "down": _down}

    with pytest.raises(DependencyUnavailable) as caught:
        await HealthService(checks, deadline=0.01).require_ready()

    assert caught.value.dependencies == ("silent", "down")
