"""Logging in over HTTP.

Source: RFC 6749, section 4.3 (the password grant): for clients of the service's own. Those of
others are a matter for an issuer of their own (OAuth 2.1 has this grant no more).
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, status

from app.api.dependencies import rules
from app.api.dependencies.accounts import (
    AccountServiceDep,
    ClientAddress,
    SessionServiceDep,
    forbid_caching,
    invalid_in_body,
)
from app.api.dependencies.caller import CurrentUser
from app.api.schemas.auth import (
    PASSWORD_EXAMPLE,
    LogInForm,
    PasswordIn,
    RefreshIn,
    TokensOut,
)
from app.core.errors import ConcurrentChange
from app.core.http.problem_responses import problems
from app.core.security.errors import NotAuthenticated
from app.services.account_errors import (
    LOG_IN_ERRORS,
    PASSWORD_ERRORS,
    REFRESH_ERRORS,
)

router = APIRouter(
    prefix="/auth",
    tags=["auth"],
    dependencies=[Depends(forbid_caching)],
)

_CREDENTIALS = {"username": "ada@example.com", "password": PASSWORD_EXAMPLE}

_LOG_IN_EXAMPLE = {
    "application/x-www-form-urlencoded": {
        "examples": {"credentials": {"value": _CREDENTIALS}},
    },
}


@router.post(
    "/token",
    operation_id="log_in",
    responses=problems(*LOG_IN_ERRORS),
    dependencies=[rules.public],
    openapi_extra={"requestBody": {"content": _LOG_IN_EXAMPLE}},
)
async def log_in(
    form: Annotated[LogInForm, Form()],
    service: AccountServiceDep,
    address: ClientAddress,
) -> TokensOut:
    """Log in: `username` is the e-mail address. Answers do not tell who is registered."""
    return TokensOut.of(await service.log_in(form.username, form.password, address))


@router.post(
    "/refresh",
    operation_id="refresh_tokens",
    dependencies=[rules.public],
    responses=problems(*REFRESH_ERRORS),
)
async def refresh_tokens(body: RefreshIn, service: SessionServiceDep) -> TokensOut:
    """Exchange a refresh token for new tokens; using one twice logs its holders out."""
    return TokensOut.of(await service.refresh(body.refresh_token))


@router.post(
    "/logout",
    operation_id="log_out",
    dependencies=[rules.public],
    status_code=status.HTTP_204_NO_CONTENT,
)
async def log_out(body: RefreshIn, service: SessionServiceDep) -> None:
    """Log out: all tokens of this log-in are worth nothing any more."""
    await service.log_out(body.refresh_token)


@router.post(
    "/password",
    operation_id="change_password",
    dependencies=[rules.signed_in()],
    responses=problems(NotAuthenticated, *PASSWORD_ERRORS, ConcurrentChange),
)
async def change_password(
    body: PasswordIn,
    caller: CurrentUser,
    service: AccountServiceDep,
    address: ClientAddress,
) -> TokensOut:
    """Choose a new password, and log out everywhere; return tokens of a new log-in."""
    with invalid_in_body("new_password"):
        tokens = await service.change_password(
            caller.user_id,
            body.current_password,
            body.new_password,
            address,
        )
    return TokensOut.of(tokens)
