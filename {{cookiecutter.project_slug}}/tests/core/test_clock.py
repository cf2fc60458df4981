"""The machine's clock."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.core import clock
from app.core.clock import SystemClock


def test_the_time_is_utc_in_whole_milliseconds() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert timedelta(0) <= datetime.now(UTC) - now < timedelta(seconds=5)


def test_monotonic_ignores_the_time_of_day(monkeypatch: pytest.MonkeyPatch) -> None:
    before = SystemClock().monotonic()
    monkeypatch.setattr(clock, "datetime", None)
    monkeypatch.setattr(time, "time", None)

    assert 0 <= SystemClock().monotonic() - before < 5
