"""Addresses and headers of requests have a greatest size.

The server has read them by then: this spares what follows, such as logs and validation.
"""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.http.problems import NulRefused, http_problem

MAX_HEADERS = 100
MAX_QUERY_PARAMETERS = 100


class RequestLimitsMiddleware:
    """Refuses long addresses with 414, many or long headers with 431, NUL in addresses with 422.

    Sizes are in bytes, as they were sent.

    Sources: RFC 9110, section 15.5.15; RFC 6585, section 5.
    """

    def __init__(self, app: ASGIApp, max_url: int, max_headers: int) -> None:
        self._app = app
        self._max_url = max_url
        self._max_headers = max_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await http_problem(Request(scope), refusal)(scope, receive, send)

    def _refusal(self, scope: Scope) -> HTTPException | None:
        query: bytes = scope["query_string"]
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        if len(path) + len(query) > self._max_url:
            return HTTPException(
                HTTPStatus.REQUEST_URI_TOO_LONG,
                f"The address has more than {self._max_url} bytes.",
            )
        if query.count(b"&") >= MAX_QUERY_PARAMETERS:
            return HTTPException(
                HTTPStatus.BAD_REQUEST,
                f"There are more than {MAX_QUERY_PARAMETERS} query parameters.",
            )
        if "\0" in scope["path"]:
            return NulRefused("path")
        if b"%00" in query or b"\0" in query:
            return NulRefused("query")
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        size = sum(len(name) + len(value) for name, value in headers)
        if len(headers) > MAX_HEADERS or size > self._max_headers:
            return HTTPException(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The headers are more than {MAX_HEADERS}, or {self._max_headers} bytes.",
            )
        return None
