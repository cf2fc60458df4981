"""Which page of users a request asks for."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator

from app.api.paging import InvalidCursor, decode_cursor
from app.models.page import MAX_PAGE_SIZE
from app.models.user import MAX_EMAIL_LENGTH, UserQuery, UserSort, normalized_email


async def get_user_query(
    limit: Annotated[
        int,
        Query(ge=1, le=MAX_PAGE_SIZE, description="The most users to return."),
    ] = 50,
    sort: Annotated[
        UserSort,
        Query(description="The order; a leading `-` turns it round."),
    ] = UserSort.OLDEST_FIRST,
    active: Annotated[
        bool | None,
        Query(description="Only active users, or only deactivated ones."),
    ] = None,
    email: Annotated[
        str | None,
        Query(
            max_length=MAX_EMAIL_LENGTH,
            description="Only the user with this address.",
        ),
        AfterValidator(lambda text: text and normalized_email(text)),
    ] = None,
    cursor: Annotated[
        str | None,
        Query(
            max_length=1024,
            description="`next_cursor` of the page before, same `sort`.",
        ),
    ] = None,
) -> UserQuery:
    """Return what the query string asks for.

    Raises:
        RequestValidationError: the cursor is damaged, invented, or of another order.
    """
    try:
        after = decode_cursor(cursor, sort) if cursor else None
    except InvalidCursor as error:
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("query", "cursor"), "msg": str(error)}],
        ) from error
    return UserQuery(size=limit, sort=sort, active=active, email=email, after=after)


UserQueryDep = Annotated[UserQuery, Depends(get_user_query)]
