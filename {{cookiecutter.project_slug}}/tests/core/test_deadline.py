"""The time that is left."""

import asyncio
from contextvars import Context

import pytest

from app.core.deadline import SHORTEST_SECONDS, deadline, no_deadline, remaining


def test_without_a_deadline_the_limit_is_what_is_left() -> None:
    assert remaining(3) == 3


def test_of_limit_and_deadline_the_shorter_counts() -> None:
    with deadline(5):
        assert remaining(3) == 3
        assert 7 > remaining(7) > 4

    assert remaining(7) == 7


def test_a_deadline_within_another_never_gives_more_time() -> None:
    with deadline(1), deadline(60):
        assert remaining(100) <= 1


@pytest.mark.parametrize("seconds", [0, -1])
def test_when_time_is_over_next_to_nothing_is_left(seconds: float) -> None:
    with deadline(seconds):
        assert remaining(3) == SHORTEST_SECONDS


def test_who_tidies_up_has_time_again() -> None:
    with deadline(0):
        with no_deadline():
            assert remaining(3) == 3
        assert remaining(3) == SHORTEST_SECONDS


async def test_a_task_has_the_deadline_of_whoever_creates_it() -> None:
    async def left() -> float:
        return remaining(3)

    with deadline(0):
        same = asyncio.create_task(left())
        independent = asyncio.create_task(left(), context=Context())

    assert await same == SHORTEST_SECONDS
    assert await independent == 3
