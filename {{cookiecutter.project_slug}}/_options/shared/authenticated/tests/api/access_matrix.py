"""Who may do what: every operation of the interface, asked by everybody who might.

The operations come from the OpenAPI document, so that a new one is asked as well, and whom each
is for comes from its route.

Source: OWASP API Security Top 10 2023, API1 (Broken Object Level Authorization) and API5
(Broken Function Level Authorization).
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from app.api.dependencies.rules import Rule, Who, rules_of
from app.repositories.database.storage import RESOURCES
from tests.api.identities import TESTED_ELSEWHERE, administrator, newcomer
from tests.api.identity import Identity

Document = dict[str, Any]

_OTHERS = [resource.name for resource in RESOURCES if resource.name != "users"]

OF_RESOURCES = [import_module(f"tests.{name}") for name in _OTHERS]
"""Each has its `THINGS` and `CHECKS`; some have `PUBLIC` operations, or some `BY_ROUTES_ALONE`."""

REFUSALS = {
    "urn:problem-type:not-authenticated",
    "urn:problem-type:forbidden",
}
"""Problems of callers without access; any other answer is about what they ask for."""


async def _themselves(_client: httpx2.AsyncClient, owner: Identity) -> str:
    return str(owner.user_id)


THINGS: dict[str, Callable[[httpx2.AsyncClient, Identity], Awaitable[str]]] = {
    "user_id": _themselves,
}
"""How to get the id of something of somebody's, by what paths call it."""

for _of_resource in OF_RESOURCES:
    THINGS.update(_of_resource.THINGS)

Things = dict[str, str]


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to use the interface."""

    name: str
    method: str
    path: str
    rule: Rule
    body: Any
    headers: dict[str, str]

    @property
    def places(self) -> list[str]:
        """The names of the ids in its path."""
        return re.findall(r"\{(\w+)\}", self.path)

    def path_for(self, things: Things) -> str:
        """Return the path, with an id in every place for one."""
        return re.sub(r"\{(\w+)\}", lambda place: things[place[1]], self.path)


def stated_rules(app: FastAPI) -> dict[str, Rule]:
    """Return the rule that each operation states next to its route, by the operation's name."""
    routes = (of for of in iter_route_contexts(app.routes) if hasattr(of, "dependant"))
    return {of.operation_id: rule for of in routes for rule in rules_of(of)}


def operations(app: FastAPI) -> list[Operation]:
    """Return what callers can do; what ends something comes last, and users' ends after all."""

    def is_last(operation: Operation) -> tuple[bool, bool]:
        return operation.method == "DELETE", operation.name == "deactivate_user"

    return sorted(_operations(app.openapi(), stated_rules(app)), key=is_last)


def _operations(document: Document, stated: dict[str, Rule]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            rule = stated.get(name := operation["operationId"])
            if not rule or rule.who is Who.PUBLIC or name in TESTED_ELSEWHERE:
                continue
            yield Operation(
                name=name,
                method=method.upper(),
                path=path,
                rule=rule,
                body=_example_body(operation, document),
                headers=_headers(operation),
            )


def _example_body(operation: Document, document: Document) -> Any:
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    model = schema["$ref"].rpartition("/")[2]
    return document["components"]["schemas"][model]["examples"][0]


def _headers(operation: Document) -> dict[str, str]:
    usual = {"if-match": "*", "idempotency-key": str(uuid4())}
    parameters = operation.get("parameters", [])
    names = {of["name"].lower() for of in parameters if of["in"] == "header"}
    return {name: value for name, value in usual.items() if name in names}


async def differences(client: httpx2.AsyncClient, app: FastAPI) -> list[str]:
    """Ask everything, as everybody, and return what is not answered as its rule says."""
    owner, stranger = await newcomer(client), await newcomer(client)
    callers = {
        "nobody": None,
        "stranger": stranger,
        "owner": owner,
        "administrator": administrator(),
    }
    things = await things_of(client, owner)
    found: list[str] = []
    for operation in operations(app):
        for name, caller in callers.items():
            if operation.method == "DELETE":  # the caller before may have deleted it
                things |= await things_of(client, owner, operation.places)
            response = await ask(client, operation, caller, things)
            if name == "stranger" and _is_hidden(operation.rule):
                nothing = dict.fromkeys(THINGS, str(uuid4()))
                unknown = await ask(client, operation, caller, nothing)
                if _without_place(response) != _without_place(unknown):
                    found.append(f"{operation.name} tells a stranger what there is")
            if not _is_as_ruled(operation, name, response):
                found.append(f"{operation.name} as {name}: {response.status_code}")
    return found


async def things_of(
    client: httpx2.AsyncClient,
    owner: Identity,
    names: Iterable[str] = THINGS,
) -> Things:
    """Return the ids of new things that somebody has."""
    return {name: await THINGS[name](client, owner) for name in names}


def _is_as_ruled(operation: Operation, caller: str, response: httpx2.Response) -> bool:
    rule = operation.rule
    if caller == "nobody":
        return response.status_code == 401
    creates = caller == "administrator" and operation.method == "POST"
    if rule.who is Who.SIGNED_IN or creates:  # examples may refer to what is not there
        return is_let_in(response)
    if caller == "administrator" or (caller == "owner" and rule.who is Who.OWNER):
        return response.is_success
    return response.status_code == (404 if _is_hidden(rule) else 403)


def _is_hidden(rule: Rule) -> bool:
    return rule.who is Who.OWNER and rule.hidden


def is_let_in(response: httpx2.Response) -> bool:
    """Whether a caller has access, even if what they ask for is refused."""
    problem = {} if response.is_success else response.json()
    return response.status_code < 500 and problem.get("type") not in REFUSALS


async def ask(
    client: httpx2.AsyncClient,
    operation: Operation,
    caller: Identity | None,
    things: Things,
) -> httpx2.Response:
    """Use the interface as somebody, on things of somebody's."""
    request = client.build_request(
        operation.method,
        operation.path_for(things),
        json=operation.body,
        headers=operation.headers,
    )
    del request.headers["authorization"]
    request.headers.update(caller.headers if caller else {})
    return await client.send(request)


def _without_place(response: httpx2.Response) -> tuple[int, dict[str, Any]]:
    """Return an answer without what names the request."""
    problem: dict[str, Any] = response.json() if response.content else {}
    return response.status_code, problem | {"instance": "", "correlation_id": ""}
