"""Which page of a list a request asks for, and how to go on from there.

The provider of a list takes its whole query string: FastAPI takes longer for a further
provider than for all that is done here.
"""

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar, cast
from urllib.parse import urlencode

from fastapi import Query, Request, Response
from fastapi.exceptions import RequestValidationError

from app.core.http.cursors import Cursors, InvalidCursor
from app.core.pagination import MAX_PAGE_SIZE, PagedQuery, Position

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
Cursor = Annotated[
    str | None,
    Query(
        max_length=1024,
        description="`next_cursor` of the page before, same `sort` and filters.",
        examples=[_EXAMPLE],
    ),
]


@dataclass(frozen=True, slots=True)
class Paging(Generic[Asked]):
    """The page that a request asks for, and the links from there to others.

    Source: RFC 8288, section 3.
    """

    request: Request
    response: Response
    query: Asked

    def link(self, following: Position | None) -> str | None:
        """Send links along, and return the cursor of the next page, if there is one.

        Links keep the whole query string, what this service does not know included.
        """
        asked = self.request.query_params.multi_items()
        first = urlencode([(name, value) for name, value in asked if name != "cursor"])
        pages = {"first": first}
        cursor = _cursors_of(self.request).encode(following, self.query)
        if cursor is not None:
            pages["next"] = f"{first}&cursor={cursor}".removeprefix("&")
        path = self.request.scope["path"]
        links = (f'<{path}?{query}>; rel="{name}"' for name, query in pages.items())
        self.response.headers["Link"] = ", ".join(links)
        return cursor


def position_in(
    request: Request,
    query: PagedQuery,
    cursor: str | None,
) -> Position | None:
    """Return where in a query's answer a cursor has the page begin; None for the first one.

    Raises:
        RequestValidationError: the cursor is damaged, invented, or of another query.
    """
    if cursor is None:
        return None
    try:
        return _cursors_of(request).decode(cursor, query)
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


def _cursors_of(request: Request) -> Cursors:
    return cast("Cursors", request.app.state.cursors)
