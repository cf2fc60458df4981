"""Who may do what, and that every check is there for something."""

from inspect import getmembers, isfunction
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI, Request

from app.api.dependencies import rules
from app.api.dependencies.caller import CurrentUser, OptionalUser, get_caller
from app.api.dependencies.rules import CallerRule, Who
from app.models.caller import SCOPES, Caller
from app.services.access import GuardedUserService
from app.services.authentication import AuthenticationService
from app.services.users import UserService
from tests.api.access_matrix import (
    OF_RESOURCES,
    ask,
    differences,
    operations,
    stated_rules,
    things_of,
)
from tests.api.clients import open_client
from tests.api.identities import PUBLIC, newcomer

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

BY_ROUTES_ALONE: set[str] = set().union(
    *(getattr(resource, "BY_ROUTES_ALONE", ()) for resource in OF_RESOURCES),
)
"""Operations for administrators whose services do not check that again."""


@pytest.fixture
def _services_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every caller pass the rules of routes: then only services refuse."""
    monkeypatch.setattr(CallerRule, "check", lambda _rule, _caller: None)


async def _let_pass_by_services(client: httpx2.AsyncClient, app: FastAPI) -> list[str]:
    found = await differences(client, app)
    return [of for of in found if of.split()[0] not in BY_ROUTES_ALONE]


async def test_everybody_may_do_what_they_should_and_nothing_else(
    client: httpx2.AsyncClient,
    app: FastAPI,
) -> None:
    assert await differences(client, app) == []


@pytest.mark.usefixtures("_services_alone")
async def test_services_refuse_by_themselves(
    client: httpx2.AsyncClient,
    app: FastAPI,
) -> None:
    assert await _let_pass_by_services(client, app) == []


async def test_routes_refuse_by_themselves_who_is_no_administrator(
    client: httpx2.AsyncClient,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(GuardedUserService, "_require_administrator", lambda _: None)

    assert await differences(client, app) == []


@pytest.mark.usefixtures("_services_alone")
@pytest.mark.parametrize(("service", "method"), CHECKS)
async def test_without_one_of_the_checks_the_matrix_is_red(
    client: httpx2.AsyncClient,
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
    service: type,
    method: str,
) -> None:
    monkeypatch.setattr(service, method, getattr(service.__base__, method))

    assert await _let_pass_by_services(client, app) != []


def test_no_other_operation_is_public(app: FastAPI) -> None:
    public = {of for of, rule in stated_rules(app).items() if rule.who is Who.PUBLIC}

    of_resources = {name for of in OF_RESOURCES for name in getattr(of, "PUBLIC", ())}
    assert public == PUBLIC | of_resources


def _act_with(app: FastAPI, scopes: frozenset[str]) -> None:
    """Let every request be an administrator's whose token has these scopes."""
    caller = Caller(user_id=uuid4(), scopes=scopes, is_administrator=True)

    async def get_that_caller(_request: Request) -> Caller:
        return caller

    app.dependency_overrides[get_caller] = get_that_caller


async def test_a_token_allows_what_its_scopes_say(
    client: httpx2.AsyncClient,
    app: FastAPI,
) -> None:
    owner = await newcomer(client)
    things = await things_of(client, owner)

    for operation in operations(app):
        assert operation.rule.scope in SCOPES, operation
        needed = frozenset({operation.rule.scope})
        _act_with(app, SCOPES - needed)
        refused = await ask(client, operation, owner, things)
        _act_with(app, needed)
        allowed = await ask(client, operation, owner, things)

        challenge = refused.headers.get("www-authenticate", "")
        assert refused.status_code == 403, operation
        assert "insufficient_scope" in challenge
        assert f'scope="{operation.rule.scope}"' in challenge
        assert allowed.status_code != 403, operation


def test_only_reading_takes_a_scope_for_reading(app: FastAPI) -> None:
    for operation in operations(app):
        reads = str(operation.rule.scope).endswith(":read")
        assert reads == (operation.method == "GET"), operation


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

    for operation in operations(app):
        described = document["paths"][operation.path][operation.method.lower()]
        [requirement] = described["security"]
        assert set(requirement) <= set(schemes)
        assert {"401", "403"} <= set(described["responses"])
        assert "WWW-Authenticate" in described["responses"]["401"]["headers"]


async def test_operation_for_callers_knows_the_caller_and_authenticates_once(
    app: FastAPI,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authenticate = AuthenticationService.authenticate
    tokens: list[str | None] = []

    async def noted(service: AuthenticationService, token: str | None) -> Caller:
        tokens.append(token)
        return await authenticate(service, token)

    @app.get("/me", dependencies=[rules.signed_in()])
    async def read_me(user: CurrentUser) -> str:
        return str(user.user_id)

    async with open_client(app) as client:
        ada = await newcomer(client)
        monkeypatch.setattr(AuthenticationService, "authenticate", noted)
        known = await client.get("/me", headers=ada.headers)
        assert len(tokens) == 1
        del client.headers["authorization"]
        unknown = await client.get("/me")

    assert known.json() == ada.user_id
    assert unknown.status_code == 401


async def test_public_operation_knows_a_caller_with_a_token(app: FastAPI) -> None:
    @app.get("/greeting", dependencies=[rules.public])
    async def greet(user: OptionalUser) -> str | None:
        return str(user.user_id) if user else None

    async with open_client(app) as client:
        ada = await newcomer(client)
        del client.headers["authorization"]
        known = await client.get("/greeting", headers=ada.headers)
        unknown = await client.get("/greeting")
        forged = await client.get("/greeting", headers={"Authorization": "Bearer x"})

    assert known.json() == ada.user_id
    assert unknown.json() is None
    assert forged.status_code == 401


def _public_methods(service: type) -> set[str]:
    return {name for name, _ in getmembers(service, isfunction) if name[0] != "_"}


def test_every_method_of_the_service_is_guarded() -> None:
    own = {name for name in vars(GuardedUserService) if not name.startswith("_")}

    assert set(GUARDED) | NOT_GUARDED == _public_methods(UserService)
    assert set(GUARDED) <= own
