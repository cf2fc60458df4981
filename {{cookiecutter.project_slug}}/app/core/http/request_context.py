"""What surrounds every request: correlation id, a line in the log, timings, the last resort.

Plain ASGI (https://asgi.readthedocs.io/en/latest/specs/www.html): a `BaseHTTPMiddleware`
would cost more than the rest of a small request.
"""

import time
from collections.abc import Callable

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.http.correlation import RAW_HEADER, correlation_id
from app.core.http.problems import internal_error
from app.core.http.route_templates import MatchedRoute, RouteTemplates
from app.core.observability.metrics import http_request_seconds

_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_NO_STORE = (b"cache-control", b"no-store")
"""Personal data must not stay in a cache, not even a browser's. What only revalidates
(`no-cache`) may still be stored: RFC 9111, section 5.2.2. Tags work without a cache."""

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_OTHER_METHOD = "other"
_NO_ANSWER = "none"

logger = structlog.get_logger()


async def _fail(scope: Scope, receive: Receive, send: Send) -> None:
    await internal_error(Request(scope))(scope, receive, send)


class RequestContextMiddleware:
    """Gives each request a correlation id, logs how it ended, answers 500 for what is left.

    The id is the caller's `X-Request-ID` if that is short and harmless, else a new one. It is
    in every log event made while the request is handled, in errors, and in the answer.

    How long requests take is counted by the templates of their routes, not by paths.

    `around` is a middleware that every answer passes, this one's own as well.
    """

    def __init__(
        self,
        app: ASGIApp,
        around: Callable[[ASGIApp], ASGIApp] | None = None,
    ) -> None:
        self._app = around(app) if around else app
        self._failed = around(_fail) if around else _fail
        self._templates = RouteTemplates()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = correlation_id(scope["headers"])
        # A state of its own: some servers hand the same one to every request.
        scope["state"] = {**scope.get("state", {}), "correlation_id": request_id}
        structlog.contextvars.bind_contextvars(
            correlation_id=request_id,
            route=MatchedRoute(self._templates, scope),
        )
        try:
            await self._handle(scope, receive, send, request_id)
        finally:
            structlog.contextvars.clear_contextvars()

    async def _handle(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        request_id: str,
    ) -> None:
        status: int | None = None
        sent = (RAW_HEADER, request_id.encode())

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = [*message["headers"], sent, _NO_SNIFFING]
                if b"cache-control" not in dict(headers):
                    headers.append(_NO_STORE)
                message = {**message, "headers": headers}
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            logger.exception("request_failed")
            if status is not None:
                raise
            await self._failed(scope, receive, send_with_id)
        finally:
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int | None, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else _OTHER_METHOD
        route = self._templates.of(scope)
        http_request_seconds(method, route, str(status or _NO_ANSWER)).observe(seconds)
        logger.info(
            "request_handled",
            method=scope["method"],
            path=scope["path"],
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 2),
        )
