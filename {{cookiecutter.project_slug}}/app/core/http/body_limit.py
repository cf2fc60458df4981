"""Request bodies have a greatest size.

FastAPI's own `max_body_size` answers in plain text, outside of every other middleware: its
refusals would have neither the shape of our errors nor a correlation id.
"""

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.gc_tuning import BodyCollector
from app.core.http.raw_headers import header

MAX_DIGITS = 18
"""Digits of a declared length that are read."""


class BodyLimitMiddleware:
    """Refuses bodies of more than `max_bytes` with 413, before they are all in memory.

    What the client declares is believed only if it is too much; what arrives is counted.

    Source: RFC 9110, section 15.5.14.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._collector = BodyCollector()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = header(scope, b"content-length").lstrip("0")
        too_large = declared.isdecimal() and self._exceeded_by(declared)
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if too_large:
                raise _too_large()
            message = await receive()
            size = len(message.get("body", b""))
            self._collector.count(size)
            received += size
            if received > self._max_bytes:
                raise _too_large()
            return message

        await self._app(scope, receive_within_limit, send)

    def _exceeded_by(self, length: str) -> bool:
        # Python refuses to read thousands of digits; so many are too large in any case.
        return len(length) > MAX_DIGITS or int(length) > self._max_bytes


def _too_large() -> HTTPException:
    return HTTPException(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "The body of the request is larger than this service accepts.",
        headers={"Connection": "close"},
    )
