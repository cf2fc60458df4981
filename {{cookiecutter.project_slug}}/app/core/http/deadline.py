"""No request takes for ever, wherever it hangs."""

import asyncio

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.deadline import deadline
from app.core.http.problems import DeadlineExceeded, problem_of

RESERVE_SECONDS = 0.05
"""Kept from those below, so that they end in order, and say what took so long."""

logger = structlog.get_logger()


class DeadlineMiddleware:
    """Gives each request so many seconds, after which it is stopped and answered with 503.

    Reading the body and sending the answer are part of it. An answer that has begun by then
    is broken off.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as timer:
                with deadline(self._seconds - RESERVE_SECONDS):
                    await self._app(scope, receive, send_noted)
        except TimeoutError:
            if begun or not timer.expired():
                raise
            logger.warning("deadline_exceeded", seconds=self._seconds)
            answer = problem_of(Request(scope), DeadlineExceeded())
            await answer(scope, receive, send)
