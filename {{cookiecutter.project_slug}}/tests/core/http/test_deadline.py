"""A request takes too long: the service stops it, and says so."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import Mock

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from app.core.deadline import remaining
from app.core.http.deadline import DeadlineMiddleware
from app.core.settings import HttpSettings


@pytest.fixture
def http() -> HttpSettings:
    """A service that is in a hurry."""
    return HttpSettings(deadline=0.2)


def assert_too_slow(response: httpx2.Response) -> None:
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == response.json()["correlation_id"]
    assert response.json()["type"] == "urn:problem-type:deadline-exceeded"


async def test_a_request_that_hangs_is_stopped_and_says_so(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def _hang() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    with capture_logs() as logs:
        response = await client.get("/slow")

    assert_too_slow(response)
    assert stopped.is_set() == begun.is_set()  # on a busy machine it never begins
    assert "deadline_exceeded" in [event["event"] for event in logs]


async def test_what_is_called_knows_how_long_it_has() -> None:
    left: list[float] = []

    async def ask(scope: Scope, receive: Receive, send: Send) -> None:
        left.append(remaining(60))

    await DeadlineMiddleware(ask, seconds=30)({"type": "http"}, Mock(), Mock())

    assert 20 < left[0] < 30
    assert remaining(60) == 60


async def test_a_timeout_that_is_not_the_requests_is_left_to_others() -> None:
    async def time_out(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError

    hurry = DeadlineMiddleware(time_out, seconds=30)

    with pytest.raises(TimeoutError):
        await hurry({"type": "http"}, Mock(), Mock())


async def test_an_answer_that_does_not_end_is_broken_off(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"more "
            await asyncio.sleep(0.01)

    @app.get("/endless")
    async def _stream() -> StreamingResponse:
        return StreamingResponse(endless())

    with capture_logs(), pytest.raises(TimeoutError):
        await client.get("/endless")


async def test_a_body_that_does_not_end_is_not_waited_for(
    client: httpx2.AsyncClient,
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    headers = {"Content-Type": "application/json"}
    response = await client.post("/things", content=endless(), headers=headers)

    assert_too_slow(response)
