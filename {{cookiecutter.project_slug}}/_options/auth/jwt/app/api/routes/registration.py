"""Registration over HTTP."""

from fastapi import APIRouter, Request, Response, status
from fastapi.exceptions import RequestValidationError

from app.api.dependencies import rules
from app.api.dependencies.accounts import (
    ClientAddress,
    RegistrationServiceDep,
    invalid_in_body,
)
from app.api.schemas.auth import RegistrationIn
from app.api.schemas.users import UserOut
from app.core.errors import IdempotencyKeyReused
from app.core.http.idempotency import RepeatableDep
from app.core.http.preconditions import tagged
from app.core.http.problem_responses import problems
from app.core.http.response_headers import ETAG, REPLAYED, location_header
from app.services.account_errors import REGISTRATION_ERRORS
from app.services.errors import EmailTaken

router = APIRouter(prefix="/users", tags=["users"])


@router.post(
    "",
    operation_id="register_user",
    dependencies=[rules.public],
    status_code=status.HTTP_201_CREATED,
    responses={
        status.HTTP_201_CREATED: {
            "headers": location_header("/api/v1/users") | ETAG | REPLAYED,
        },
        **problems(
            EmailTaken,
            RequestValidationError,
            IdempotencyKeyReused,
            *REGISTRATION_ERRORS,
        ),
    },
)
async def register_user(  # noqa: PLR0913, PLR0917 - each is a part of the request
    body: RegistrationIn,
    service: RegistrationServiceDep,
    address: ClientAddress,
    repeatable: RepeatableDep,
    request: Request,
    response: Response,
) -> UserOut:
    """Register, with a password to log in with; once for each `Idempotency-Key`."""
    with invalid_in_body("password"):
        answer = await service.register_with_password(
            body.details(),
            body.password,
            address,
            repeatable.key,
        )
    user = repeatable.result_of(answer)
    response.headers["Location"] = f"{request.scope['path']}/{user.id}"
    return tagged(response, user)
