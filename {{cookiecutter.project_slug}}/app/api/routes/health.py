"""Probes for whatever runs this service.

Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from app.api.dependencies.health import HealthServiceDep
from app.api.openapi import problems
from app.services.errors import DependencyUnavailable

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """A good answer to a probe."""

    status: Literal["ok"] = "ok"


@router.get("/livez", operation_id="check_liveness")
async def check_liveness() -> Health:
    """Return at once while the process can answer at all; asks nothing of anybody."""
    return Health()


@router.get(
    "/readyz",
    operation_id="check_readiness",
    responses=problems(DependencyUnavailable),
)
async def check_readiness(service: HealthServiceDep) -> Health:
    """Return if every dependency answers; otherwise the problem names those that don't."""
    await service.require_ready()
    return Health()
