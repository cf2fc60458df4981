"""Lifetimes."""

from app.core.cache.base import JITTER, Lifetimes


def test_values_that_were_stored_together_do_not_expire_together() -> None:
    lifetimes = Lifetimes(100)

    drawn = {lifetimes.draw("value") for _ in range(1000)}

    assert len(drawn) > 900
    assert 100 * (1 - JITTER) <= min(drawn) < 92
    assert 108 < max(drawn) <= 100 * (1 + JITTER)


def test_what_is_absent_is_kept_for_another_time() -> None:
    lifetimes = Lifetimes(100, absent=1)

    assert lifetimes.draw(None) <= 1.1
    assert lifetimes.draw("") >= 90


def test_what_is_absent_is_kept_as_long_as_everything_else_by_default() -> None:
    assert Lifetimes(100).draw(None) >= 90


def test_lifetimes_can_be_cut() -> None:
    assert Lifetimes(100, absent=10).at_most(30) == Lifetimes(30, absent=10)
    assert Lifetimes(100).at_most(30) == Lifetimes(30, absent=30)
