"""Probes for whatever runs this service.

Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from datetime import datetime
from typing import Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.dependencies.health import HealthServiceDep
from app.api.openapi import problems
from app.models.health import DependencyHealth
from app.services.errors import DependencyUnavailable

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """A good answer to a probe."""

    status: Literal["ok"] = "ok"


class DependencyOut(BaseModel):
    """Something that this service depends on."""

    up: bool
    milliseconds: float = Field(description="How long it took to answer just now.")
    since: datetime = Field(description="When it was first found as it is now.")

    @classmethod
    def of(cls, dependency: DependencyHealth) -> Self:
        """Return a dependency as probes see it."""
        return cls(
            up=dependency.is_up,
            milliseconds=round(dependency.seconds * 1000, 2),
            since=dependency.since,
        )


class Readiness(Health):
    """A good answer to a probe, and what it rests on."""

    dependencies: dict[str, DependencyOut] = Field(description="By their names.")


@router.get("/livez", operation_id="check_liveness")
async def check_liveness() -> Health:
    """Return at once while the process can answer at all; asks nothing of anybody."""
    return Health()


@router.get(
    "/readyz",
    operation_id="check_readiness",
    responses=problems(DependencyUnavailable),
)
async def check_readiness(service: HealthServiceDep) -> Readiness:
    """Return if every dependency answers; otherwise the problem names those that don't."""
    dependencies = await service.require_ready()
    return Readiness(
        dependencies={it.name: DependencyOut.of(it) for it in dependencies},
    )
