"""Who makes a request, and what its token allows."""

from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security.base import SecurityBase
from starlette.datastructures import Headers

from app.api.dependencies.bearer import bearer
from app.api.dependencies.container import container_of
from app.models.caller import Caller


class CallerProvider(SecurityBase):
    """Provides who makes a request, and documents how clients say so, in one.

    Every event that is logged from here on names the caller.
    """

    model = bearer.model
    scheme_name = bearer.scheme_name

    async def __call__(self, request: Request) -> Caller:
        """Return who makes the request, whom the rule of its route may know already.

        Raises:
            NotAuthenticated: the request has no token, or one that is not good.
            DependencyUnavailable: whether the token is good can't be told right now.
        """
        known: Caller | None = getattr(request.state, "caller", None)
        if known is not None:
            return known
        authentication = container_of(request).auth.authentication
        caller = await authentication.authenticate(_token(request.headers))
        structlog.contextvars.bind_contextvars(caller_id=str(caller.user_id))
        return caller


get_caller = CallerProvider()

CurrentUser = Annotated[Caller, Depends(get_caller)]


async def get_optional_caller(request: Request) -> Caller | None:
    """Return who makes the request; None without a token, as public operations allow.

    Raises:
        NotAuthenticated: the request has a token that is not good.
        DependencyUnavailable: whether the token is good can't be told right now.
    """
    return None if _token(request.headers) is None else await get_caller(request)


OptionalUser = Annotated[Caller | None, Depends(get_optional_caller)]


def _token(headers: Headers) -> str | None:
    """Return the bearer token; None if there is none, nothing if there are several."""
    given = headers.getlist("authorization")
    if len(given) > 1:
        return ""
    scheme, _, token = given[0].partition(" ") if given else ("", "", "")
    return token.strip(" ") if scheme.lower() == "bearer" else None
