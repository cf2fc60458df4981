"""Providers of services."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.dependencies.container import container_of
from app.api.dependencies.users import UserRepositoryDep
from app.services.users import UserService


async def get_user_service(
    request: Request,
    users: UserRepositoryDep,
) -> UserService:
    """Return the service behind the endpoints of users."""
    container = container_of(request)
    return UserService(
        users,
        container.storage.unit_of_work,
        container.clock,
        container.statistics,
    )


UserServiceDep = Annotated[UserService, Depends(get_user_service)]
