"""How many users there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAYS = 30
"""How many days back registrations are shown, the current day included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCounts:
    """Users in all, and those of them that are active, counted at one moment."""

    total: int
    active: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOfRegistrations:
    """How many users registered on a day (UTC)."""

    day: date
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStatistics:
    """What was counted, and when that began (UTC): a little that came later may be in it.

    `registrations` has the last `DAYS` days, the earliest first. They come from events, and
    may lag a little behind `total`.
    """

    total: int
    active: int
    registrations: tuple[DayOfRegistrations, ...]
    as_of: datetime


def shown_days(now: datetime) -> tuple[date, ...]:
    """Return the days whose registrations are shown at a time (UTC), the earliest first."""
    today = now.date()
    return tuple(today - timedelta(days=ago) for ago in reversed(range(DAYS)))


def with_empty_days(
    counts: Mapping[date, int],
    days: tuple[date, ...],
) -> tuple[DayOfRegistrations, ...]:
    """Return the counts of some days, 0 for those that have none."""
    return tuple(DayOfRegistrations(day=day, count=counts.get(day, 0)) for day in days)
