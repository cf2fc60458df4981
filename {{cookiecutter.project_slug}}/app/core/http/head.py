"""HEAD: what GET would answer, without its body.

FastAPI's routes answer the methods that they name. Naming HEAD beside each GET would put
every operation into the OpenAPI document twice.

Source: RFC 9110, section 9.3.2.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """Lets routes take HEAD for GET. The server leaves the body out, as it does of any HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_as_head(message: Message) -> None:
            scope["method"] = "HEAD"  # as the server, logs and metrics have to see it
            await send(message)

        scope["method"] = "GET"
        try:
            await self._app(scope, receive, send_as_head)
        finally:
            scope["method"] = "HEAD"
