"""Who makes a request, and what its token allows."""

from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers

from app.api.dependencies.bearer import bearer
from app.api.dependencies.container import container_of
from app.core.security.errors import Forbidden
from app.models.caller import Caller

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CallerProvider(SecurityBase):
    """Provides who makes a request, and documents how clients say so, in one.

    Every event that is logged from here on names the caller.
    """

    model = bearer.model
    scheme_name = bearer.scheme_name

    async def __call__(self, request: Request) -> Caller:
        """Return who makes the request.

        Raises:
            NotAuthenticated: the request has no token, or one that is not good.
            DependencyUnavailable: whether the token is good can't be told right now.
        """
        authentication = container_of(request).auth.authentication
        caller = await authentication.authenticate(_token(request.headers))
        structlog.contextvars.bind_contextvars(caller_id=str(caller.user_id))
        return caller


get_caller = CallerProvider()

CallerDep = Annotated[Caller, Depends(get_caller)]


def require_scope(request: Request, caller: Caller, *, read: str, write: str) -> None:
    """Let pass whose token has the scope to read, or to write, as the method does.

    Raises:
        Forbidden: the token does not.
    """
    needed = read if request.method in _SAFE_METHODS else write
    if needed not in caller.scopes:
        raise Forbidden(needed)


def _token(headers: Headers) -> str | None:
    """Return the bearer token; None if there is none, nothing if there are several."""
    given = headers.getlist("authorization")
    if len(given) > 1:
        return ""
    scheme, _, token = given[0].partition(" ") if given else ("", "", "")
    return token.strip(" ") if scheme.lower() == "bearer" else None
