"""What the application is made of: its operations, and the providers that these depend on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import getmodule
from types import FunctionType
from uuid import UUID

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.main import create_app
from tests.api.clients import service_settings


@dataclass(frozen=True)
class Operation:
    """A method of a path, and the function that handles it."""

    method: str
    path: str
    endpoint: FunctionType
    providers: tuple[FunctionType, ...]


def address_in(path: str) -> str:
    """Return an address at a path: each id in it is one that nothing has."""
    return re.sub(r"{\w+}", str(UUID(int=0)), path)


def operations(app: FastAPI) -> Iterator[Operation]:
    """Yield every operation of an application that this service itself defines."""
    for route in iter_route_contexts(app.routes):
        endpoint = route.endpoint
        if not isinstance(endpoint, FunctionType) or not _is_ours(endpoint):
            continue
        providers = tuple(_providers(route.dependant))
        for method in sorted(route.methods or ()):
            yield Operation(method, route.path_format or "", endpoint, providers)


def _providers(dependant: Dependant) -> Iterator[FunctionType]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, FunctionType):
            yield dependency.call
        yield from _providers(dependency)


def _is_ours(function: FunctionType) -> bool:
    module = getmodule(function)
    return module is not None and module.__name__.startswith("app.")


OPERATIONS = tuple(operations(create_app(service_settings())))
"""Those of the service as it is served."""
