"""Users over HTTP."""

from fastapi import APIRouter, status

from app.api.dependencies.paging import UserQueryDep
from app.api.dependencies.services import UserServiceDep
from app.api.dependencies.users import UserId
from app.api.openapi import problems
from app.api.paging import encode_cursor
from app.api.schemas.users import UserOut, UserPage, UserPatch
from app.services.errors import (
    ConcurrentChange,
    EmailTaken,
    UserDeactivated,
    UserNotFound,
)

router = APIRouter(prefix="/users", tags=["users"])


@router.get("", operation_id="list_users")
async def list_users(query: UserQueryDep, service: UserServiceDep) -> UserPage:
    """Return one page of users."""
    page = await service.list_users(query)
    return UserPage.of(page, encode_cursor(page.next, query.sort))


@router.get("/{user_id}", operation_id="read_user", responses=problems(UserNotFound))
async def read_user(user_id: UserId, service: UserServiceDep) -> UserOut:
    """Return one user, active or not."""
    return UserOut.of(await service.get_user_details(user_id))


@router.patch(
    "/{user_id}",
    operation_id="change_user",
    responses=problems(UserNotFound, UserDeactivated, EmailTaken, ConcurrentChange),
)
async def change_user(
    user_id: UserId,
    body: UserPatch,
    service: UserServiceDep,
) -> UserOut:
    """Change some details of a user."""
    return UserOut.of(await service.change(user_id, body.changes()))


@router.delete(
    "/{user_id}",
    operation_id="deactivate_user",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(UserNotFound, ConcurrentChange),
)
async def deactivate_user(user_id: UserId, service: UserServiceDep) -> None:
    """Deactivate a user; doing so again changes nothing."""
    await service.deactivate(user_id)
