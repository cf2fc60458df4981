"""Every error has one shape, and tells no more than it should."""

from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from app.core.database.errors import BrokenReference, StorageUnavailable
from app.core.errors import translate_storage_errors
from app.core.http.problems import problem_type_of
from tests.core.http.problem_types import problem_types, service_errors

THINGS = "/things"


async def _answer_to(
    app: FastAPI,
    client: httpx2.AsyncClient,
    error: Exception,
) -> httpx2.Response:
    """Return the answer of an endpoint whose service fails."""

    @app.get("/failing")
    @translate_storage_errors()
    async def _fail() -> None:
        raise error

    return await client.get("/failing")


def test_every_service_error_is_of_a_kind_with_a_status() -> None:
    for error in service_errors():
        assert problem_type_of(error).status >= 400


def test_an_error_of_no_kind_has_no_problem() -> None:
    with pytest.raises(LookupError, match="ZeroDivisionError"):
        problem_type_of(ZeroDivisionError)


def test_every_problem_has_a_type_of_its_own() -> None:
    types = [problem_type.type for problem_type in problem_types()]

    assert len(set(types)) == len(types)


async def test_storage_that_does_not_answer_is_503_and_worth_another_try(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    error = StorageUnavailable("password=hunter2")

    with capture_logs() as logs:
        response = await _answer_to(app, client, error)

    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    problem = response.json()
    assert problem["type"] == "urn:problem-type:dependency-unavailable"
    assert problem["dependencies"] == ["database"]
    assert "hunter2" not in response.text
    assert "storage_unavailable" in [event["event"] for event in logs]


@pytest.mark.parametrize(
    ("constraint", "named"),
    [("users_team_id_fkey", " (users_team_id_fkey)."), ("", "is referred to.")],
)
async def test_foreign_key_that_no_service_handles_is_409_with_its_name(
    app: FastAPI,
    client: httpx2.AsyncClient,
    constraint: str,
    named: str,
) -> None:
    error = BrokenReference(constraint, "the driver's own text")

    response = await _answer_to(app, client, error)

    assert response.status_code == 409
    problem = response.json()
    assert problem["type"] == "urn:problem-type:invalid-reference"
    assert problem["detail"].endswith(named)
    assert "driver" not in response.text


async def test_what_nobody_foresaw_is_500_and_tells_nothing(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    with capture_logs() as logs:
        response = await _answer_to(app, client, ZeroDivisionError("the secret"))

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert "secret" not in response.text
    assert "ZeroDivisionError" not in response.text
    [failure] = [event for event in logs if event["event"] == "request_failed"]
    assert failure["exc_info"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing/here", 404),
        ("GET", f"{THINGS}/", 404),
        ("POST", f"{THINGS}/", 404),
        ("PUT", THINGS, 405),
        ("DELETE", "/livez", 405),
    ],
)
async def test_what_the_router_refuses_is_a_problem_too(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    status: int,
) -> None:
    response = await client.request(method, path)

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "about:blank"
    assert ("allow" in response.headers) == (status == 405)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", THINGS, "GET, HEAD, POST"),
        ("DELETE", "/livez", "GET, HEAD"),
        ("OPTIONS", f"{THINGS}/{UUID(int=0)}", "GET, HEAD"),
    ],
)
async def test_what_a_method_is_refused_for_says_which_ones_are_not(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    allowed: str,
) -> None:
    response = await client.request(method, path)

    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        (None, 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("application/vnd.service+json", 201),
    ],
)
async def test_a_body_has_to_be_declared_as_json(
    client: httpx2.AsyncClient,
    media_type: str | None,
    status: int,
) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}

    response = await client.post(
        THINGS,
        content=b'{"name": "a"}',
        headers=headers,
    )

    assert response.status_code == status
    if status == 415:
        assert response.headers["content-type"] == "application/problem+json"
        assert "application/json" in response.json()["detail"]


async def test_a_body_that_is_missing_is_a_part_that_is_missing(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.post(THINGS)

    assert response.status_code == 422
    assert response.json()["errors"][0]["location"] == "body"
