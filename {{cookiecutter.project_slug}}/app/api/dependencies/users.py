"""Providers for users. Replace any of them in a test with `app.dependency_overrides`."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Query, Request, Response

from app.api.dependencies.container import container_of
from app.core.http.paging import Cursor, Limit, Paging, position_in
from app.core.validation import Email
from app.models.user import UserQuery, UserSort
from app.repositories.interfaces.users import UserRepository

UserId = Annotated[
    UUID,
    Path(
        description="The user's id, as given when it was registered.",
        examples=["0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d"],
    ),
]


async def get_user_repository(request: Request) -> UserRepository:
    """Return the users that can be read."""
    return container_of(request).storage.users


UserRepositoryDep = Annotated[UserRepository, Depends(get_user_repository)]


async def get_user_paging(  # noqa: PLR0913 - each is a parameter of the query string
    *,
    request: Request,
    response: Response,
    cursor: Cursor = None,
    limit: Limit = 50,
    sort: Annotated[
        UserSort,
        Query(
            description="The order; a leading `-` turns it round.",
            examples=[UserSort.NEWEST_FIRST],
        ),
    ] = UserSort.OLDEST_FIRST,
    active: Annotated[
        bool | None,
        Query(
            description="Only active users, or only deactivated ones.",
            examples=[True],
        ),
    ] = None,
    email: Annotated[
        Email | None,
        Query(
            description="Only the user with this address.",
            examples=["ada@example.com"],
        ),
    ] = None,
) -> Paging[UserQuery]:
    """Return the page of users that is asked for.

    Raises:
        RequestValidationError: the cursor is damaged, invented, or of another query.
    """
    query = UserQuery(size=limit, sort=sort, active=active, email=email)
    position = position_in(request, query, cursor)
    return Paging(request, response, replace(query, after=position))


UserPagingDep = Annotated[Paging[UserQuery], Depends(get_user_paging)]
