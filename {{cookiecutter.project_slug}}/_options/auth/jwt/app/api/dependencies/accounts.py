"""Providers for logging in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError

from app.api.dependencies.container import container_of
from app.api.dependencies.users import UserRepositoryDep
from app.core.validation import InvalidDetails
from app.services.accounts import AccountService
from app.services.registration import RegistrationService
from app.services.sessions import SessionService


async def get_account_service(request: Request) -> AccountService:
    """Return the service that lets people in."""
    return container_of(request).auth.accounts


AccountServiceDep = Annotated[AccountService, Depends(get_account_service)]


async def get_registration_service(
    request: Request,
    users: UserRepositoryDep,
) -> RegistrationService:
    """Return the service with which people get an account."""
    container = container_of(request)
    return RegistrationService(
        users,
        container.storage.unit_of_work,
        container.clock,
        container.statistics,
        container.auth.accounts,
    )


RegistrationServiceDep = Annotated[
    RegistrationService,
    Depends(get_registration_service),
]


async def get_session_service(accounts: AccountServiceDep) -> SessionService:
    """Return the service that keeps people in."""
    return accounts.sessions


SessionServiceDep = Annotated[SessionService, Depends(get_session_service)]


async def get_client_address(request: Request) -> str:
    """Return where a request comes from.

    Behind a proxy that is the proxy, unless the server is told to trust what it forwards.
    """
    return request.client.host if request.client else ""


ClientAddress = Annotated[str, Depends(get_client_address)]


async def forbid_caching(response: Response) -> None:
    """Have nobody keep the answer. Source: RFC 6749, section 5.1."""
    response.headers["Cache-Control"] = "no-store"


@contextmanager
def invalid_in_body(field: str) -> Iterator[None]:
    """Answer a value that the service refuses like one that the body's schema refuses.

    Raises:
        RequestValidationError: the body raised `InvalidDetails`.
    """
    try:
        yield
    except InvalidDetails as error:
        place = {"type": "value_error", "loc": ("body", field), "msg": str(error)}
        raise RequestValidationError([place]) from None
