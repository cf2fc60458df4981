"""Rules of routes: whom they let pass, and that no route is without one."""

from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI

from app.api.dependencies import rules
from app.api.dependencies.rules import CallerRule, Who, require_rules
from app.core.security.errors import Forbidden
from app.models.caller import Caller

HEALTH = APIRouter()


@HEALTH.get("/livez")
async def _live() -> None: ...


def _app(router: APIRouter) -> FastAPI:
    app = FastAPI()
    app.include_router(HEALTH)
    app.include_router(router, prefix="/any/prefix")
    return app


def _caller(*scopes: str, is_administrator: bool = False) -> Caller:
    return Caller(
        user_id=uuid4(),
        scopes=frozenset(scopes),
        is_administrator=is_administrator,
    )


@pytest.mark.parametrize("who", [Who.SIGNED_IN, Who.OWNER])
def test_check_of_any_caller_with_the_scope_passes(who: Who) -> None:
    CallerRule(who).check(_caller())
    CallerRule(who, "a:read").check(_caller("a:read"))


@pytest.mark.parametrize("who", [Who.SIGNED_IN, Who.OWNER, Who.ADMINISTRATOR])
def test_check_without_the_scope_is_forbidden(who: Who) -> None:
    caller = _caller("a:write", "b:read", is_administrator=True)

    with pytest.raises(Forbidden, match="a:read"):
        CallerRule(who, "a:read").check(caller)


def test_check_for_administrators_lets_nobody_else_pass() -> None:
    rule = CallerRule(Who.ADMINISTRATOR, "a:read")

    rule.check(_caller("a:read", is_administrator=True))
    with pytest.raises(Forbidden):
        rule.check(_caller("a:read"))


def test_route_without_a_rule_ends_the_start_with_its_name() -> None:
    router = APIRouter()

    @router.get("/open")
    async def read_open() -> None: ...

    @router.post("/closed", dependencies=[rules.signed_in()])
    async def write_closed() -> None: ...

    with pytest.raises(SystemExit) as caught:
        require_rules(_app(router), besides=HEALTH)

    line = "GET /any/prefix/open: 0 access rules; state one, such as rules.signed_in()"
    assert caught.value.code == line


def test_route_with_two_rules_ends_the_start_with_its_name() -> None:
    router = APIRouter(dependencies=[rules.administrator()])

    @router.get("/both", dependencies=[rules.public])
    async def read_both() -> None: ...

    with pytest.raises(SystemExit, match="GET /any/prefix/both: 2 access rules"):
        require_rules(_app(router), besides=HEALTH)


def test_routes_that_each_state_a_rule_start() -> None:
    router = APIRouter(dependencies=[rules.public])

    @router.get("/open")
    async def read_open() -> None: ...

    require_rules(_app(router), besides=HEALTH)
