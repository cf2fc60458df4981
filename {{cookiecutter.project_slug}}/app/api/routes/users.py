"""Users over HTTP."""

from fastapi import APIRouter, Request, Response, status

#% if cookiecutter.auth != "none"
from app.api.dependencies import rules
#% endif
from app.api.dependencies.services import UserServiceDep
from app.api.dependencies.users import UserId, UserPagingDep
from app.api.schemas.statistics import StatisticsOut
from app.api.schemas.users import UserOut, UserPage, UserPatch
from app.core.errors import ConcurrentChange, Deactivated, NotFound, StaleVersion
from app.core.http.preconditions import (
    ExpectedVersionDep,
    RequiredVersionDep,
    tag,
    tagged,
    versioned,
)
from app.core.http.problem_responses import problems
from app.core.http.response_headers import ETAG, IF_NONE_MATCH, link_header
from app.core.http.route_templates import ConcretePathFirst
#% if cookiecutter.auth != "none"
from app.models.caller import READ_USERS, WRITE_USERS
#% endif
from app.services.errors import EmailTaken

router = APIRouter(
    prefix="/users",
    tags=["users"],
    route_class=ConcretePathFirst,
)


@router.get(
    "",
    operation_id="list_users",
#% if cookiecutter.auth != "none"
    dependencies=[rules.administrator(READ_USERS)],
#% endif
    responses={status.HTTP_200_OK: {"headers": link_header("/api/v1/users")}},
)
async def list_users(service: UserServiceDep, paging: UserPagingDep) -> UserPage:
    """Return one page of users."""
    page = await service.list_users(paging.query)
    return UserPage.of(page, paging.link(page.next))


#% if cookiecutter.auth != "none"
@router.get(
    "/statistics",
    operation_id="read_statistics",
    dependencies=[rules.administrator(READ_USERS)],
)
#% else
@router.get("/statistics", operation_id="read_statistics")
#% endif
async def read_statistics(service: UserServiceDep) -> StatisticsOut:
    """Return how many users there are, as counted a while ago: `as_of` says when."""
    return StatisticsOut.of(await service.get_statistics())


@router.get(
    "/{user_id}",
    operation_id="read_user",
#% if cookiecutter.auth != "none"
    dependencies=[rules.owner(READ_USERS)],
#% endif
    responses={
        status.HTTP_200_OK: {"headers": ETAG},
        status.HTTP_304_NOT_MODIFIED: {"description": "Not modified", "headers": ETAG},
        **problems(NotFound("user")),
    },
    openapi_extra={"parameters": [IF_NONE_MATCH]},
)
async def read_user(
    service: UserServiceDep,
    user_id: UserId,
    request: Request,
    response: Response,
) -> UserOut:
    """Return one user, active or not."""
    user = await service.get_user_details(user_id)
    tag(request, response, user.version)
    return user


@router.patch(
    "/{user_id}",
    operation_id="change_user",
#% if cookiecutter.auth != "none"
    dependencies=[rules.owner(WRITE_USERS)],
#% endif
    responses=versioned(NotFound("user"), Deactivated("user"), EmailTaken),
)
async def change_user(
    service: UserServiceDep,
    user_id: UserId,
    body: UserPatch,
    version: RequiredVersionDep,
    response: Response,
) -> UserOut:
    """Change some details of a user, if `If-Match` names its current version."""
    return tagged(response, await service.change(user_id, body, version))


@router.delete(
    "/{user_id}",
    operation_id="deactivate_user",
#% if cookiecutter.auth != "none"
    dependencies=[rules.owner(WRITE_USERS)],
#% endif
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(NotFound("user"), ConcurrentChange, StaleVersion),
)
async def deactivate_user(
    service: UserServiceDep,
    user_id: UserId,
    version: ExpectedVersionDep,
) -> None:
    """Deactivate a user; doing so again changes nothing."""
    await service.deactivate(user_id, version)
