"""Providers of services."""

from typing import Annotated

from fastapi import Depends

from app.api.dependencies.container import ContainerDep
from app.api.dependencies.users import (
    StatisticsServiceDep,
    UnitOfWorkDep,
    UserRepositoryDep,
)
from app.services.users import UserService


async def get_user_service(
    users: UserRepositoryDep,
    unit_of_work: UnitOfWorkDep,
    container: ContainerDep,
    statistics: StatisticsServiceDep,
) -> UserService:
    """Return the service behind the endpoints of users."""
    return UserService(users, unit_of_work, container.clock, statistics)


UserServiceDep = Annotated[UserService, Depends(get_user_service)]
