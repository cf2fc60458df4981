"""Too much to do, or too slowly: the service says so in time."""

import asyncio
from collections.abc import AsyncIterator
from unittest.mock import Mock

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.requests import Request
from structlog.testing import capture_logs

from app.api.dependencies.users import get_user_repository
from app.api.errors import NOT_NOW, PROBLEMS, ProblemType, problem_response
from app.core.deadline import remaining
from app.core.settings import HttpSettings, Settings
from app.models.page import Page
from app.models.user import User
from app.repositories.interfaces.users import UserRepository
from tests.api.clients import service_settings

USERS = "/api/v1/users"
DEADLINE_SECONDS = 0.2
MAX_CONCURRENT = 3


@pytest.fixture
def settings() -> Settings:
    http = HttpSettings(deadline=DEADLINE_SECONDS, max_concurrent=MAX_CONCURRENT)
    return service_settings(http=http)


async def hang(_query: object) -> Page[User]:
    """Do not answer."""
    await asyncio.Event().wait()
    raise AssertionError


@pytest.fixture
def users(app: FastAPI) -> Mock:
    """A repository that never answers."""
    users = Mock(spec=UserRepository)
    users.list_users.side_effect = hang
    app.dependency_overrides[get_user_repository] = lambda: users
    return users


def assert_not_now(response: httpx2.Response, kind: str) -> None:
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == response.json()["correlation_id"]
    assert response.json()["type"] == f"urn:problem-type:{kind}"


async def test_a_request_that_hangs_is_stopped_and_says_so(
    client: httpx2.AsyncClient,
    users: Mock,
) -> None:
    stopped = asyncio.Event()

    async def hang_and_tell(query: object) -> Page[User]:
        try:
            return await hang(query)
        finally:
            stopped.set()

    users.list_users.side_effect = hang_and_tell

    with capture_logs() as logs:
        response = await client.get(USERS)

    assert_not_now(response, "deadline-exceeded")
    assert stopped.is_set()
    assert "deadline_exceeded" in [event["event"] for event in logs]


async def test_what_is_called_knows_how_long_it_has(
    client: httpx2.AsyncClient,
    users: Mock,
) -> None:
    left: list[float] = []

    async def ask(query: object) -> Page[User]:
        left.append(remaining(60))
        return Page(items=(), next=None)

    users.list_users.side_effect = ask

    assert (await client.get(USERS)).status_code == 200
    assert 0 < left[0] < DEADLINE_SECONDS
    assert remaining(60) == 60


async def test_a_timeout_that_is_not_the_requests_is_an_error_of_ours(
    client: httpx2.AsyncClient,
    users: Mock,
) -> None:
    users.list_users.side_effect = TimeoutError

    with capture_logs():
        response = await client.get(USERS)

    assert response.status_code == 500


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
    response = await client.post(USERS, content=endless(), headers=headers)

    assert_not_now(response, "deadline-exceeded")


@pytest.mark.usefixtures("users")
async def test_more_than_can_be_handled_is_refused_at_once(
    client: httpx2.AsyncClient,
) -> None:
    handled = [asyncio.create_task(client.get(USERS)) for _ in range(MAX_CONCURRENT)]
    await asyncio.sleep(0.01)

    refused = await client.get(USERS)
    probes = [await client.get(path) for path in ("/livez", "/readyz")]

    assert not any(task.done() for task in handled)
    assert_not_now(refused, "overloaded")
    assert [probe.status_code for probe in probes] == [200, 200]
    for response in await asyncio.gather(*handled):
        assert_not_now(response, "deadline-exceeded")


async def test_room_is_made_again_however_a_request_ends(
    client: httpx2.AsyncClient,
    users: Mock,
) -> None:
    users.list_users.side_effect = ZeroDivisionError
    with capture_logs():
        for _ in range(MAX_CONCURRENT + 1):
            assert (await client.get(USERS)).status_code == 500

    users.list_users.side_effect = hang
    for _ in range(MAX_CONCURRENT + 1):
        given_up = asyncio.create_task(client.get(USERS))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.wait([given_up])

    users.list_users.side_effect = None
    users.list_users.return_value = Page(items=(), next=None)
    assert (await client.get(USERS)).status_code == 200


@pytest.mark.parametrize(
    "problem_type",
    [of for of in PROBLEMS.values() if of.status in NOT_NOW],
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
