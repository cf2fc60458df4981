"""How many users there are."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCounts:
    """Users in all, and those of them that are active, counted at one moment."""

    total: int
    active: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserStatistics:
    """What was counted, and when (UTC): nothing later is in it."""

    total: int
    active: int
    as_of: datetime
