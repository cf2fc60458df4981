"""Figures, as clients see them."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from app.models.statistics import DAYS, DayOfRegistrations, UserStatistics


class DayOut(BaseModel):
    """How many users registered on a day."""

    day: date = Field(description="A day in UTC.")
    count: int

    @classmethod
    def of(cls, registered: DayOfRegistrations) -> Self:
        """Return a day as clients see it."""
        return cls(day=registered.day, count=registered.count)


class StatisticsOut(BaseModel):
    """How many users there are, and how many registered lately."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "total": 1204,
                    "active": 1187,
                    "registrations": [{"day": "2026-01-31", "count": 17}],
                    "as_of": "2026-01-31T09:30:00.125Z",
                },
            ],
        },
    )

    total: int = Field(description="Users in all.")
    active: int = Field(description="Users that were not deactivated.")
    registrations: list[DayOut] = Field(
        description=f"The last {DAYS} days, the earliest first.",
    )
    as_of: datetime = Field(description="When they were counted.")

    @classmethod
    def of(cls, statistics: UserStatistics) -> Self:
        """Return statistics as clients see them."""
        return cls(
            total=statistics.total,
            active=statistics.active,
            registrations=[DayOut.of(day) for day in statistics.registrations],
            as_of=statistics.as_of,
        )
