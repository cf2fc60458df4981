"""Providers for health checks."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.dependencies.container import container_of
from app.core.observability.health import HealthService


async def get_health_service(request: Request) -> HealthService:
    """Return the service that asks every dependency of this process."""
    return container_of(request).health


HealthServiceDep = Annotated[HealthService, Depends(get_health_service)]
