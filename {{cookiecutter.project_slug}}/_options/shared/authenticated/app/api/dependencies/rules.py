"""Who may use an operation: each route states its rule, as `dependencies=[rules.owner(READ_USERS)]`.

A rule is checked before anything else of the operation. It tells administrators and scopes; whose
something is, the service checks where it finds it. A service does not start with a route without
a rule.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Request
from fastapi.params import Depends
from fastapi.routing import (
    APIRoute,
    APIWebSocketRoute,
    RouteContext,
    iter_route_contexts,
)
from fastapi.security.base import SecurityBase

from app.api.dependencies.caller import get_caller
from app.core.security.errors import Forbidden
from app.models.caller import Caller


class Who(StrEnum):
    """Whom an operation is for."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"
    OWNER = "owner"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom an operation is for, the scope that their tokens need, and if others are told."""

    who: Who
    scope: str | None = None
    hidden: bool = True


class PublicRule(Rule):
    """Lets everybody pass, with a token or without."""

    async def __call__(self) -> None:
        """Check nothing."""


class CallerRule(Rule, SecurityBase):
    """Lets callers pass whom the operation is for.

    It calls `get_caller`, or its override: as a dependency, that would take 9 µs more. An override
    takes the request.
    """

    model = get_caller.model
    scheme_name = get_caller.scheme_name

    async def __call__(self, request: Request) -> None:
        """Check the caller, and have `caller_of` return it.

        Raises:
            NotAuthenticated: the request has no token, or one that is not good.
            Forbidden: the caller may not use this.
            DependencyUnavailable: whether the token is good can't be told right now.
        """
        provider = request.app.dependency_overrides.get(get_caller, get_caller)
        caller: Caller = await provider(request)
        self.check(caller)
        request.state.caller = caller

    def check(self, caller: Caller) -> None:
        """Refuse a caller whose token lacks the scope, or who has to be an administrator.

        Raises:
            Forbidden: the caller is refused.
        """
        if self.scope is not None and self.scope not in caller.scopes:
            raise Forbidden(self.scope)
        if self.who is Who.ADMINISTRATOR and not caller.is_administrator:
            raise Forbidden


public = Depends(PublicRule(Who.PUBLIC))
"""Everybody may use the operation, with a token or without."""


def signed_in(scope: str | None = None) -> Depends:
    """Let every caller use the operation, for what is theirs or for what is everybody's."""
    return Depends(CallerRule(Who.SIGNED_IN, scope))


def owner(scope: str | None = None, *, hidden: bool = True) -> Depends:
    """Let the owner of what the path names, and administrators, use the operation.

    The service checks whose it is; to others it is not there or, if not `hidden`, forbidden.
    """
    return Depends(CallerRule(Who.OWNER, scope, hidden))


def administrator(scope: str | None = None) -> Depends:
    """Let administrators use the operation."""
    return Depends(CallerRule(Who.ADMINISTRATOR, scope))


def caller_of(request: Request) -> Caller:
    """Return who makes a request, which passed a rule that is not public.

    Providers call it, for the reason that `container_of` has.
    """
    return cast("Caller", request.state.caller)


def known_caller_of(request: Request) -> Caller | None:
    """Return who makes a request; None where a public rule let everybody pass."""
    return getattr(request.state, "caller", None)


def rules_of(route: RouteContext) -> list[Rule]:
    """Return the rules that a route and the routers around it state."""
    dependencies: list[Any] = route.dependant.dependencies
    return [of.call for of in dependencies if isinstance(of.call, Rule)]


def require_rules(app: FastAPI, *, besides: APIRouter) -> None:
    """Exit with a line for each route that does not state one rule; `besides` needs none."""
    if wrong := list(_wrong_with(app, besides)):
        sys.exit("\n".join(wrong))


def _wrong_with(app: FastAPI, besides: APIRouter) -> Iterator[str]:
    for route in iter_route_contexts(app.routes):
        kind = route.original_route
        if not isinstance(kind, APIRoute | APIWebSocketRoute) or kind in besides.routes:
            continue
        stated = len(rules_of(route))
        if stated != 1:
            name = " ".join([*sorted(route.methods or ()), str(route.path)])
            yield f"{name}: {stated} access rules; state one, such as rules.signed_in()"
