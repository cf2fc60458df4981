"""Registration over HTTP."""

from fastapi import APIRouter, Request, Response, status

from app.api.dependencies.accounts import AccountServiceDep
from app.api.dependencies.preconditions import TaggingDep
from app.api.headers import ETAG, LOCATION
from app.api.openapi import problems
from app.api.schemas.auth import RegistrationIn
from app.api.schemas.users import UserOut
from app.services.errors import EmailTaken

router = APIRouter(prefix="/users", tags=["users"])


@router.post(
    "",
    operation_id="register_user",
    status_code=status.HTTP_201_CREATED,
    responses={
        status.HTTP_201_CREATED: {"headers": LOCATION | ETAG},
        **problems(EmailTaken),
    },
)
async def register_user(
    body: RegistrationIn,
    service: AccountServiceDep,
    tagging: TaggingDep,
    request: Request,
    response: Response,
) -> UserOut:
    """Register, with a password to log in with."""
    user = await service.register(body.details(), body.password)
    tagging.tag(user.version)
    response.headers["Location"] = request.app.url_path_for(
        "read_user",
        user_id=user.id,
    )
    return UserOut.of(user)
