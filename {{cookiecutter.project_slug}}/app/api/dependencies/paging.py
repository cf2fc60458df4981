"""Which page of users a request asks for, and how to go on from there."""

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator

from app.api.cursors import PURPOSE, Cursors, InvalidCursor
from app.api.dependencies.container import container_of
from app.core.signing import Signer
from app.models.page import MAX_PAGE_SIZE, Position
from app.models.user import MAX_EMAIL_LENGTH, UserQuery, UserSort, normalized_email

_EXAMPLE = "QSBzaWduYXR1cmUhIVsic3RyIiwgImFkYUBleGFtcGxlLmNvbSIsICIwMTk4Il0"


@dataclass(frozen=True, slots=True)
class Paging:
    """The page that a request asks for, and the links from there to others.

    Source: RFC 8288, section 3.
    """

    request: Request
    response: Response
    cursors: Cursors
    query: UserQuery

    def link(self, following: Position | None) -> str | None:
        """Send links along, and return the cursor of the next page, if there is one.

        Links keep the whole query string, what this service does not know included.
        """
        url = self.request.url
        cursor = self.cursors.encode(following, self.query)
        pages = {"first": url.remove_query_params("cursor")}
        if cursor is not None:
            pages["next"] = url.include_query_params(cursor=cursor)
        self.response.headers["Link"] = ", ".join(
            f'<{page.path}?{page.query}>; rel="{name}"' for name, page in pages.items()
        )
        return cursor


async def get_user_query(
    limit: Annotated[
        int,
        Query(
            ge=1,
            le=MAX_PAGE_SIZE,
            description="The most users to return.",
            examples=[50],
        ),
    ] = 50,
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
        str | None,
        Query(
            max_length=MAX_EMAIL_LENGTH,
            description="Only the user with this address.",
            examples=["ada@example.com"],
        ),
        AfterValidator(lambda text: None if text is None else normalized_email(text)),
    ] = None,
) -> UserQuery:
    """Return what the query string asks for, from its beginning."""
    return UserQuery(size=limit, sort=sort, active=active, email=email)


async def get_cursors(request: Request) -> Cursors:
    """Return what writes and reads cursors."""
    return Cursors(Signer(container_of(request).settings.secret_key, PURPOSE))


async def get_paging(
    request: Request,
    response: Response,
    query: Annotated[UserQuery, Depends(get_user_query)],
    cursors: Annotated[Cursors, Depends(get_cursors)],
    cursor: Annotated[
        str | None,
        Query(
            max_length=1024,
            description="`next_cursor` of the page before, same `sort` and filters.",
            examples=[_EXAMPLE],
        ),
    ] = None,
) -> Paging:
    """Return the page that is asked for.

    Raises:
        RequestValidationError: the cursor is damaged, invented, or of another query.
    """
    try:
        after = None if cursor is None else cursors.decode(cursor, query)
    except InvalidCursor as error:
        raise RequestValidationError(
            [{"type": "value_error", "loc": ("query", "cursor"), "msg": str(error)}],
        ) from error
    return Paging(request, response, cursors, replace(query, after=after))


PagingDep = Annotated[Paging, Depends(get_paging)]
