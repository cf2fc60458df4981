"""Who may do what, and that every check is there for something."""

from collections.abc import Callable
from inspect import getmembers, isfunction
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from app.api.dependencies.caller import get_caller
from app.models.caller import Caller
from app.services.access import GuardedUserService
from app.services.users import UserService
from tests.api.access_matrix import (
    OF_RESOURCES,
    ask,
    differences,
    operations,
    things_of,
)
from tests.api.identities import newcomer

GUARDED = [
    "get_user_details",
    "list_users",
    "get_statistics",
    "change",
    "deactivate",
]
"""Methods with a check of their own."""

CHECKS: list[tuple[type, str]] = [
    *((GuardedUserService, method) for method in GUARDED),
    *(check for resource in OF_RESOURCES for check in resource.CHECKS),
]
"""Every check of a service, by the class that has it and the method that makes it."""

NOT_GUARDED = {"register", "register_within"}
"""Whom they register is decided by the id that is made for the new user."""


async def test_everybody_may_do_what_they_should_and_nothing_else(
    client: httpx2.AsyncClient,
    app: FastAPI,
) -> None:
    assert await differences(client, app.openapi()) == []


@pytest.mark.parametrize(("service", "method"), CHECKS)
async def test_without_one_of_the_checks_the_matrix_is_red(
    client: httpx2.AsyncClient,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    service: type,
    method: str,
) -> None:
    monkeypatch.setattr(service, method, getattr(service.__base__, method))

    assert await differences(client, app.openapi()) != []


def _act_with(app: FastAPI, *scopes: str) -> None:
    """Let every request be an administrator's whose token has these scopes."""
    caller = Caller(user_id=uuid4(), scopes=frozenset(scopes), is_administrator=True)
    app.dependency_overrides[get_caller] = lambda: caller


@pytest.mark.parametrize(
    ("given", "needed", "is_refused"),
    [
        ("read", "write", lambda method: method != "GET"),
        ("write", "read", lambda method: method == "GET"),
    ],
)
async def test_a_token_allows_what_its_scopes_say(
    client: httpx2.AsyncClient,
    app: FastAPI,
    given: str,
    needed: str,
    is_refused: Callable[[str], bool],
) -> None:
    owner = await newcomer(client)
    things = await things_of(client, owner)

    for operation in operations(app.openapi()):
        _act_with(app, f"{operation.resource}:{given}")
        response = await ask(client, operation, owner, things)

        challenge = response.headers.get("www-authenticate", "")
        if is_refused(operation.method):
            assert response.status_code == 403, operation
            assert "insufficient_scope" in challenge
            assert f'scope="{operation.resource}:{needed}"' in challenge
        else:
            assert response.status_code != 403, operation


async def test_only_administrators_is_a_problem_of_its_own(
    client: httpx2.AsyncClient,
) -> None:
    ada = await newcomer(client)

    response = await client.get("/api/v1/users", headers=ada.headers)

    assert response.status_code == 403
    assert response.json()["type"] == "urn:problem-type:forbidden"
    assert response.json()["detail"] == "Only administrators may do this."


def test_every_operation_says_how_to_authenticate(app: FastAPI) -> None:
    document = app.openapi()
    schemes = document["components"]["securitySchemes"]

    for operation in operations(document):
        described = document["paths"][operation.path][operation.method.lower()]
        [requirement] = described["security"]
        assert set(requirement) <= set(schemes)
        assert {"401", "403"} <= set(described["responses"])
        assert "WWW-Authenticate" in described["responses"]["401"]["headers"]


def _public_methods(service: type) -> set[str]:
    return {name for name, _ in getmembers(service, isfunction) if name[0] != "_"}


def test_every_method_of_the_service_is_guarded() -> None:
    own = {name for name in vars(GuardedUserService) if not name.startswith("_")}

    assert set(GUARDED) | NOT_GUARDED == _public_methods(UserService)
    assert set(GUARDED) <= own
