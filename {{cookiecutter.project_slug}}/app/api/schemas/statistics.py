"""Figures, as clients see them."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from app.models.statistics import UserStatistics


class StatisticsOut(BaseModel):
    """How many users there are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"total": 1204, "active": 1187, "as_of": "2026-01-31T09:30:00.125Z"},
            ],
        },
    )

    total: int = Field(description="Users in all.")
    active: int = Field(description="Users that were not deactivated.")
    as_of: datetime = Field(description="When they were counted.")

    @classmethod
    def of(cls, statistics: UserStatistics) -> Self:
        """Return statistics as clients see them."""
        return cls(
            total=statistics.total,
            active=statistics.active,
            as_of=statistics.as_of,
        )
