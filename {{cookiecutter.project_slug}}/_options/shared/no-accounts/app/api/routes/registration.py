"""Registration over HTTP."""

from fastapi import APIRouter, Request, Response, status
from fastapi.exceptions import RequestValidationError

#% if cookiecutter.auth == "oidc"
from app.api.dependencies import rules
#% endif
from app.api.dependencies.services import UserServiceDep
from app.api.schemas.users import UserIn, UserOut
from app.core.errors import IdempotencyKeyReused
from app.core.http.idempotency import RepeatableDep
from app.core.http.preconditions import tagged
from app.core.http.problem_responses import problems
from app.core.http.response_headers import ETAG, REPLAYED, location_header
#% if cookiecutter.auth == "oidc"
from app.models.caller import WRITE_USERS
#% endif
from app.services.errors import EmailTaken, UserExists

router = APIRouter(prefix="/users", tags=["users"])


@router.post(
    "",
    operation_id="register_user",
#% if cookiecutter.auth == "oidc"
    dependencies=[rules.signed_in(WRITE_USERS)],
#% endif
    status_code=status.HTTP_201_CREATED,
    responses={
        status.HTTP_201_CREATED: {
            "headers": location_header("/api/v1/users") | ETAG | REPLAYED,
        },
        **problems(
            EmailTaken,
            UserExists,
            RequestValidationError,
            IdempotencyKeyReused,
        ),
    },
)
async def register_user(
    service: UserServiceDep,
    body: UserIn,
    repeatable: RepeatableDep,
    request: Request,
    response: Response,
) -> UserOut:
    """Register a user; once for each `Idempotency-Key`, if there is one."""
    answer = await service.register(body, repeatable.key)
    user = repeatable.result_of(answer)
    response.headers["Location"] = f"{request.scope['path']}/{user.id}"
    return tagged(response, user)
