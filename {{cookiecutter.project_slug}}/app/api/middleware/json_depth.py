"""JSON is nested only so deep: parsers and validators go down into it."""

import re
from http import HTTPStatus
from itertools import accumulate

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.middleware.raw_headers import header

MAX_DEPTH = 32

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""To its end, or to that of the text: looking again at what has no end would take for ever."""

_BRACKETS = b"[]{}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))
_STEPS = bytes.maketrans(_BRACKETS, b"\x01\xff\x01\xff")
"""A bracket becomes what it does to the depth: one more, or (as a signed byte) one less."""


class JsonDepthMiddleware:
    """Refuses JSON that is nested deeper than `MAX_DEPTH` with 400, before it is parsed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_json(scope):
            await self._app(scope, receive, send)
            return
        chunks: list[bytes] = []

        async def receive_shallow() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                chunks.append(message.get("body", b""))
                if not message.get("more_body") and is_deep(b"".join(chunks)):
                    raise _too_deep()
            return message

        await self._app(scope, receive_shallow, send)


def is_deep(text: bytes) -> bool:
    """Return whether JSON is nested deeper than `MAX_DEPTH`.

    Most has fewer brackets than that, which counting shows in no time.
    """
    if text.count(b"[") + text.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _STRING.sub(b"", text).translate(_STEPS, _OTHERS)
    return max(accumulate(memoryview(brackets).cast("b")), default=0) > MAX_DEPTH


def _too_deep() -> HTTPException:
    return HTTPException(
        HTTPStatus.BAD_REQUEST,
        f"The body is nested more than {MAX_DEPTH} levels deep.",
    )


def _is_json(scope: Scope) -> bool:
    return "json" in header(scope, b"content-type").lower()
