"""Providers of services, each bound to who makes the request."""

from typing import Annotated

from fastapi import Depends

from app.api.dependencies.caller import CallerDep
from app.api.dependencies.container import ContainerDep
from app.api.dependencies.users import (
    StatisticsServiceDep,
    UnitOfWorkDep,
    UserRepositoryDep,
)
from app.services.access import GuardedUserService
from app.services.users import UserService


async def get_user_service(
    users: UserRepositoryDep,
    unit_of_work: UnitOfWorkDep,
    container: ContainerDep,
    statistics: StatisticsServiceDep,
    caller: CallerDep,
) -> UserService:
    """Return the service behind the endpoints of users, for what the caller may do."""
    return GuardedUserService(
        users,
        unit_of_work,
        container.clock,
        statistics,
        caller=caller,
    )


UserServiceDep = Annotated[UserService, Depends(get_user_service)]
