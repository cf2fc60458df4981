"""Which page of a list a request asks for, and how to go on from there."""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar, cast
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from app.api.cursors import Cursors, InvalidCursor
from app.models.page import MAX_PAGE_SIZE, PagedQuery, Position

_EXAMPLE = "QSBzaWduYXR1cmUhIVsic3RyIiwgImFkYUBleGFtcGxlLmNvbSIsICIwMTk4Il0"


Asked = TypeVar("Asked", bound=PagedQuery)

Limit = Annotated[
    int,
    Query(
        ge=1,
        le=MAX_PAGE_SIZE,
        description="The most items to return.",
        examples=[50],
    ),
]


@dataclass(frozen=True, slots=True)
class Paging(Generic[Asked]):
    """The page that a request asks for, and the links from there to others.

    Source: RFC 8288, section 3.
    """

    request: Request
    response: Response
    cursors: Cursors
    query: Asked

    def link(self, following: Position | None) -> str | None:
        """Send links along, and return the cursor of the next page, if there is one.

        Links keep the whole query string, what this service does not know included.
        """
        asked = self.request.query_params.multi_items()
        first = urlencode([(name, value) for name, value in asked if name != "cursor"])
        pages = {"first": first}
        cursor = self.cursors.encode(following, self.query)
        if cursor is not None:
            pages["next"] = f"{first}&cursor={cursor}".removeprefix("&")
        path = self.request.scope["path"]
        links = (f'<{path}?{query}>; rel="{name}"' for name, query in pages.items())
        self.response.headers["Link"] = ", ".join(links)
        return cursor


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list, whichever it is, a request goes on."""

    request: Request
    response: Response
    cursors: Cursors
    cursor: str | None

    def position_in(self, query: PagedQuery) -> Position | None:
        """Return where the page begins; None for the first one.

        Raises:
            RequestValidationError: the cursor is damaged, invented, or of another query.
        """
        if self.cursor is None:
            return None
        try:
            return self.cursors.decode(self.cursor, query)
        except InvalidCursor as error:
            raise RequestValidationError(
                [
                    {
                        "type": "value_error",
                        "loc": ("query", "cursor"),
                        "msg": str(error),
                    },
                ],
            ) from error

    def paging(self, query: Asked) -> Paging[Asked]:
        """Return the page of a query, which begins there."""
        return Paging(self.request, self.response, self.cursors, query)


async def get_place(
    request: Request,
    response: Response,
    cursor: Annotated[
        str | None,
        Query(
            max_length=1024,
            description="`next_cursor` of the page before, same `sort` and filters.",
            examples=[_EXAMPLE],
        ),
    ] = None,
) -> Place:
    """Return where the request goes on."""
    cursors = cast("Cursors", request.app.state.cursors)
    return Place(request, response, cursors, cursor)


PlaceDep = Annotated[Place, Depends(get_place)]
