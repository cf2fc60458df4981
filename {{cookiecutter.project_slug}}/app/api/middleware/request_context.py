"""What surrounds every request: its correlation id, its line in the log, its last resort.

Plain ASGI (https://asgi.readthedocs.io/en/latest/specs/www.html): a `BaseHTTPMiddleware`
would cost more than the rest of a small request.
"""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import internal_error

HEADER = "X-Request-ID"

_VALID_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")

logger = structlog.get_logger()


class RequestContextMiddleware:
    """Gives each request a correlation id, logs how it ended, answers 500 for what is left.

    The id is the caller's `X-Request-ID` if that is short and harmless, else a new one. It is
    in every log event made while the request is handled, in errors, and in the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _correlation_id(Headers(scope=scope))
        # A state of its own: some servers hand the same one to every request.
        scope["state"] = {**scope.get("state", {}), "correlation_id": correlation_id}
        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            await self._handle(scope, receive, send, correlation_id)

    async def _handle(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        correlation_id: str,
    ) -> None:
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)[HEADER] = correlation_id
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            logger.exception("request_failed")
            if status is not None:
                raise
            await internal_error(Request(scope))(scope, receive, send_with_id)
        finally:
            logger.info(
                "request_handled",
                method=scope["method"],
                path=scope["path"],
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
            )


def _correlation_id(headers: Headers) -> str:
    given = headers.get(HEADER, "")
    return given if _VALID_ID.fullmatch(given) else uuid4().hex
