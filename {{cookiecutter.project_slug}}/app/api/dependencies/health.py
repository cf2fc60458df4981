"""Providers for health checks."""

from typing import Annotated

from fastapi import Depends

from app.api.dependencies.container import ContainerDep
from app.services.health import HealthService


async def get_health_service(container: ContainerDep) -> HealthService:
    """Return the service that asks every dependency of this process."""
    return container.health


HealthServiceDep = Annotated[HealthService, Depends(get_health_service)]
