"""Providers of services, each bound to who makes the request."""

from typing import Annotated

from fastapi import Depends, Request

from app.api.dependencies.caller import CallerDep, require_scope
from app.api.dependencies.container import container_of
from app.api.dependencies.users import UserRepositoryDep
from app.models.caller import READ_USERS, WRITE_USERS
from app.services.access import GuardedUserService
from app.services.users import UserService


async def get_user_service(
    request: Request,
    users: UserRepositoryDep,
    caller: CallerDep,
) -> UserService:
    """Return the service behind the endpoints of users, for what the caller may do.

    Routes ask for it before anything else: who may not use it is told nothing more.

    Raises:
        Forbidden: the caller's token is not for this.
    """
    require_scope(request, caller, read=READ_USERS, write=WRITE_USERS)
    container = container_of(request)
    return GuardedUserService(
        users,
        container.storage.unit_of_work,
        container.clock,
        container.statistics,
        caller=caller,
    )


UserServiceDep = Annotated[UserService, Depends(get_user_service)]
