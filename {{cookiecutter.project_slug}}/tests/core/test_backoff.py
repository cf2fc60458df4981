"""Pauses between attempts."""

import pytest

from app.core.backoff import pause


@pytest.mark.parametrize(
    ("attempts", "ceiling"),
    [(1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (10, 60), (10_000, 60)],
)
def test_the_longest_pause_doubles_up_to_its_limit(
    attempts: int,
    ceiling: float,
) -> None:
    pauses = [pause(attempts, first=2, longest=60) for _ in range(500)]

    assert all(0 <= seconds <= ceiling for seconds in pauses)
    assert max(pauses) > 0.9 * ceiling


def test_those_who_failed_together_do_not_come_back_together() -> None:
    pauses = {pause(1, first=1, longest=60) for _ in range(100)}

    assert len(pauses) == 100
    assert min(pauses) < 0.2
