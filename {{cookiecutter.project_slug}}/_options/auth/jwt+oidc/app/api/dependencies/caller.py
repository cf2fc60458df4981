"""Providers of who makes a request, and guards of what its token allows."""

from typing import Annotated

import structlog
from fastapi import Depends, Request
from starlette.datastructures import Headers

from app.api.dependencies.bearer import bearer
from app.api.dependencies.container import ContainerDep
from app.models.caller import READ_USERS, WRITE_USERS, Caller
from app.services.authentication import AuthenticationService
from app.services.refusals import Forbidden

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def get_authentication_service(container: ContainerDep) -> AuthenticationService:
    """Return the service that knows tokens."""
    return container.auth.authentication


AuthenticationServiceDep = Annotated[
    AuthenticationService,
    Depends(get_authentication_service),
]


async def get_caller(
    request: Request,
    authentication: AuthenticationServiceDep,
    _documented: Annotated[object, Depends(bearer)],
) -> Caller:
    """Return who makes the request; every event that is logged from here on names the caller.

    Raises:
        NotAuthenticated: the request has no token, or one that is not good.
        DependencyUnavailable: whether the token is good can't be told right now.
    """
    caller = await authentication.authenticate(_token(request.headers))
    structlog.contextvars.bind_contextvars(caller_id=str(caller.user_id))
    return caller


CallerDep = Annotated[Caller, Depends(get_caller)]


async def require_scope_for_users(request: Request, caller: CallerDep) -> None:
    """Let pass whose token allows to read users, or to write them, as the method does.

    Raises:
        Forbidden: the token does not.
    """
    needed = READ_USERS if request.method in _SAFE_METHODS else WRITE_USERS
    if needed not in caller.scopes:
        raise Forbidden(needed)


def _token(headers: Headers) -> str | None:
    """Return the bearer token; None if there is none, nothing if there are several."""
    given = headers.getlist("authorization")
    if len(given) > 1:
        return ""
    scheme, _, token = given[0].partition(" ") if given else ("", "", "")
    return token.strip(" ") if scheme.lower() == "bearer" else None
