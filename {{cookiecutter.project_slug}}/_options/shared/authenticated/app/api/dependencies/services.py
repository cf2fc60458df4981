"""Providers of services, each bound to who makes the request."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.dependencies.container import container_of
from app.api.dependencies.rules import caller_of
from app.api.dependencies.users import UserRepositoryDep
from app.services.access import GuardedUserService
from app.services.users import UserService


async def get_user_service(
    request: Request,
    users: UserRepositoryDep,
) -> UserService:
    """Return the service behind the endpoints of users, for what the caller may do.

    It needs a caller: no route that uses it is public.
    """
    container = container_of(request)
    return GuardedUserService(
        users,
        container.storage.unit_of_work,
        container.clock,
        container.statistics,
        caller=caller_of(request),
    )


UserServiceDep = Annotated[UserService, Depends(get_user_service)]
