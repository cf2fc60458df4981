"""There is too much to do: the service says so at once."""

import asyncio
from unittest.mock import AsyncMock

import httpx2
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from structlog.testing import capture_logs

from app.core.http.problems import NOT_NOW, ProblemType, problem_response
from app.core.settings import HttpSettings
from tests.core.http.problem_types import problem_types

MAX_CONCURRENT = 3


@pytest.fixture
def http() -> HttpSettings:
    return HttpSettings(max_concurrent=MAX_CONCURRENT)


@pytest.fixture
def handle(app: FastAPI) -> AsyncMock:
    """Handles the requests for `/slow`."""
    handle = AsyncMock(return_value="done")

    @app.get("/slow")
    async def _call() -> str:
        return str(await handle())

    return handle


def assert_overloaded(response: httpx2.Response) -> None:
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == response.json()["correlation_id"]
    assert response.json()["type"] == "urn:problem-type:overloaded"


async def test_more_than_can_be_handled_is_refused_at_once(
    client: httpx2.AsyncClient,
    handle: AsyncMock,
) -> None:
    everybody_is_there, go_on = asyncio.Barrier(MAX_CONCURRENT + 1), asyncio.Event()

    async def wait() -> None:
        await everybody_is_there.wait()
        await go_on.wait()

    handle.side_effect = wait
    handled = [asyncio.create_task(client.get("/slow")) for _ in range(MAX_CONCURRENT)]
    async with asyncio.timeout(10):
        await everybody_is_there.wait()

    refused = await client.get("/slow")
    probe = await client.get("/livez")
    go_on.set()
    answers = await asyncio.gather(*handled)

    assert_overloaded(refused)
    assert probe.status_code == 200
    assert [answer.status_code for answer in answers] == [200] * MAX_CONCURRENT


async def test_room_is_made_again_however_a_request_ends(
    client: httpx2.AsyncClient,
    handle: AsyncMock,
) -> None:
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    handle.side_effect = ZeroDivisionError
    with capture_logs():
        for _ in range(MAX_CONCURRENT + 1):
            assert (await client.get("/slow")).status_code == 500
    handle.side_effect = hang
    for _ in range(MAX_CONCURRENT + 1):
        begun.clear()
        given_up = asyncio.create_task(client.get("/slow"))
        async with asyncio.timeout(10):
            await begun.wait()
        given_up.cancel()
        await asyncio.wait([given_up])

    handle.side_effect = None
    assert (await client.get("/slow")).status_code == 200


@pytest.mark.parametrize(
    "problem_type",
    [of for of in problem_types() if of.status in NOT_NOW],
    ids=lambda of: of.type,
)
def test_whatever_says_not_now_also_says_when(problem_type: ProblemType) -> None:
    scope = {
        "type": "http",
        "path": "/",
        "headers": [],
        "server": ("service", 80),
        "state": {"correlation_id": "1"},
    }

    answer = problem_response(Request(scope), problem_type, "Not now.")
    later = problem_response(
        Request(scope),
        problem_type,
        "Not now.",
        headers={"Retry-After": "30"},
    )

    assert answer.headers.getlist("retry-after") == ["1"]
    assert later.headers.getlist("retry-after") == ["30"]
