"""What can't be done soon is refused at once, which leaves the rest a chance.

`app.core.http.protocol` does so earlier, at less cost; this is for every other server. Uvicorn's own `limit_concurrency` counts connections, idle ones as well, and refuses probes.

Source: https://sre.google/sre-book/handling-overload/
"""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core.http.problems import Overloaded, problem_of
from app.core.http.protocol import PROBES


class OverloadMiddleware:
    """Handles at most so many requests at a time; further ones get 503 and may come again."""

    def __init__(self, app: ASGIApp, max_concurrent: int) -> None:
        self._app = app
        self._free = max_concurrent

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        if not self._free:
            answer = problem_of(Request(scope), Overloaded())
            await answer(scope, receive, send)
            return
        self._free -= 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._free += 1
