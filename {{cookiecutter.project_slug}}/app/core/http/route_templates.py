"""Which route a request was matched to, as a label, `/api/v1/users/{user_id}`; and its methods."""

from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import Match
from starlette.types import Scope

UNMATCHED = "unmatched"
"""Stands for every path that there is nothing at: a client may invent as many as it likes."""


class RouteTemplates:
    """Full templates of an application's routes.

    What FastAPI leaves in the scope is the route as its own router has it, without the
    prefixes of the routers around that one. So all routes are looked through, once.
    """

    def __init__(self) -> None:
        self._contexts: dict[int, list[RouteContext]] = {}

    def of(self, scope: Scope) -> str:
        """Return the template of the route that a request was matched to, if it was."""
        if "endpoint" not in scope:
            return UNMATCHED
        if not self._contexts:
            for context in iter_route_contexts(scope["app"].routes):
                self._contexts.setdefault(id(context.endpoint), []).append(context)
        contexts = self._contexts.get(id(scope["endpoint"]), [])
        if len(contexts) > 1:  # its router is included more than once, for example
            path = _path(scope)
            contexts = [of for of in contexts if of.path_regex.match(path)]
        return (contexts and contexts[0].path_format) or UNMATCHED


class ConcretePathFirst(APIRoute):
    """A route of a router in which `/statistics` stands before `/{user_id}`.

    The concrete path takes every method of a request to it: `DELETE /statistics` is 405, and not
    a deletion of the user `statistics`. Source: OpenAPI Specification 3.1, "Path Templating
    Matching".
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child_scope = super().matches(scope)
        if match is Match.PARTIAL and not self.param_convertors:
            scope["concrete_path"] = True
        if match is Match.FULL and self.param_convertors and "concrete_path" in scope:
            return Match.NONE, {}
        return match, child_scope


def methods_at(scope: Scope) -> list[str]:
    """Return all methods that the path of a request can be asked with, in alphabetical order.

    Where there is GET there is HEAD. A concrete path is another resource than the template that
    matches it. Source: RFC 9110, sections 9.3.2 and 10.2.1.
    """
    path = _path(scope)
    contexts = iter_route_contexts(scope["app"].routes)
    routes = [of for of in contexts if of.methods and of.path_regex.match(path)]
    routes = [of for of in routes if of.path_format == path] or routes
    methods = {method for route in routes for method in route.methods or ()}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class MatchedRoute:
    """The route of a request in log events: looked for when one is written, not before."""

    def __init__(self, templates: RouteTemplates, scope: Scope) -> None:
        self._templates = templates
        self._scope = scope

    def __repr__(self) -> str:
        return self._templates.of(self._scope)
