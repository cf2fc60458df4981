"""Registration over HTTP."""

from fastapi import APIRouter, Request, Response, status

from app.api.dependencies.preconditions import TaggingDep
from app.api.dependencies.services import UserServiceDep
from app.api.headers import ETAG, LOCATION
from app.api.openapi import problems
from app.api.schemas.users import UserIn, UserOut
from app.services.errors import EmailTaken, UserExists

router = APIRouter(prefix="/users", tags=["users"])


@router.post(
    "",
    operation_id="register_user",
    status_code=status.HTTP_201_CREATED,
    responses={
        status.HTTP_201_CREATED: {"headers": LOCATION | ETAG},
        **problems(EmailTaken, UserExists),
    },
)
async def register_user(
    body: UserIn,
    service: UserServiceDep,
    tagging: TaggingDep,
    request: Request,
    response: Response,
) -> UserOut:
    """Register a user."""
    user = await service.register(body.details())
    tagging.tag(user.version)
    response.headers["Location"] = request.app.url_path_for(
        "read_user",
        user_id=user.id,
    )
    return UserOut.of(user)
