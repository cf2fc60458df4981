"""The machine's clock."""

from datetime import UTC, datetime, timedelta

from app.core.clock import SystemClock


def test_the_time_is_utc_in_whole_milliseconds() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert timedelta(0) <= datetime.now(UTC) - now < timedelta(seconds=5)
