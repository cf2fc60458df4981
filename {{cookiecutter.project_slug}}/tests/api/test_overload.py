"""There is too much to do: the service says so at once."""

import asyncio
from unittest.mock import Mock

import httpx2
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from structlog.testing import capture_logs

from app.api.dependencies.users import get_user_repository
from app.core.http.problems import NOT_NOW, ProblemType, problem_response
from app.core.pagination import Page
from app.core.settings import HttpSettings, Settings
from app.models.user import User
from app.repositories.interfaces.users import UserRepository
from tests.problem_types import problem_types

USERS = "/api/v1/users"
MAX_CONCURRENT = 3


@pytest.fixture
def settings(settings: Settings) -> Settings:
    http = HttpSettings(max_concurrent=MAX_CONCURRENT)
    return settings.model_copy(update={"http": http})


@pytest.fixture
def users(app: FastAPI) -> Mock:
    """A repository that answers as a test tells it."""
    users = Mock(spec=UserRepository)
    app.dependency_overrides[get_user_repository] = lambda: users
    return users


def assert_overloaded(response: httpx2.Response) -> None:
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == response.json()["correlation_id"]
    assert response.json()["type"] == "urn:problem-type:overloaded"


async def test_more_than_can_be_handled_is_refused_at_once(
    client: httpx2.AsyncClient,
    users: Mock,
) -> None:
    everybody_is_there, go_on = asyncio.Barrier(MAX_CONCURRENT + 1), asyncio.Event()

    async def wait(_query: object) -> Page[User]:
        await everybody_is_there.wait()
        await go_on.wait()
        return Page(items=(), next=None)

    users.list.side_effect = wait
    handled = [asyncio.create_task(client.get(USERS)) for _ in range(MAX_CONCURRENT)]
    async with asyncio.timeout(10):
        await everybody_is_there.wait()

    refused = await client.get(USERS)
    probes = [await client.get(path) for path in ("/livez", "/readyz")]
    go_on.set()
    answers = await asyncio.gather(*handled)

    assert_overloaded(refused)
    assert [probe.status_code for probe in probes] == [200, 200]
    assert [answer.status_code for answer in answers] == [200] * MAX_CONCURRENT


async def test_room_is_made_again_however_a_request_ends(
    client: httpx2.AsyncClient,
    users: Mock,
) -> None:
    begun = asyncio.Event()

    async def hang(_query: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    users.list.side_effect = ZeroDivisionError
    with capture_logs():
        for _ in range(MAX_CONCURRENT + 1):
            assert (await client.get(USERS)).status_code == 500
    users.list.side_effect = hang
    for _ in range(MAX_CONCURRENT + 1):
        begun.clear()
        given_up = asyncio.create_task(client.get(USERS))
        async with asyncio.timeout(10):
            await begun.wait()
        given_up.cancel()
        await asyncio.wait([given_up])

    users.list.side_effect = None
    users.list.return_value = Page(items=(), next=None)
    assert (await client.get(USERS)).status_code == 200


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
