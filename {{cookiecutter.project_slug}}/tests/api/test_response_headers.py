"""Headers that every answer has."""

from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI, Response
from structlog.testing import capture_logs

from tests.api.conftest import Register

USERS = "/api/v1/users"
NOBODY = f"{USERS}/{UUID(int=0)}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", USERS, 200),
        ("HEAD", USERS, 200),
        ("GET", NOBODY, 404),
        ("GET", f"{USERS}/nobody", 422),
        ("PUT", USERS, 405),
        ("GET", "/nothing", 404),
        ("GET", f"/{'x' * 9000}", 414),
        ("GET", "/livez", 200),
        ("GET", "/docs", 200),
    ],
)
async def test_response_headers_are_not_guessed_and_not_stored(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    status: int,
) -> None:
    response = await client.request(method, path)

    assert response.status_code == status
    assert response.headers.get_list("x-content-type-options") == ["nosniff"]
    assert response.headers.get_list("cache-control") == ["no-store"]


async def test_response_headers_of_a_failure_are_the_same(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    @app.get("/broken")
    async def _fail() -> None:
        raise ZeroDivisionError

    with capture_logs():
        response = await client.get("/broken")

    assert response.status_code == 500
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"


async def test_response_headers_of_conditional_requests_forbid_storing_too(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    user = await register()
    path = f"{USERS}/{user['id']}"
    read = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": read.headers["etag"]})

    assert (read.status_code, again.status_code) == (200, 304)
    assert again.headers["etag"] == read.headers["etag"]
    for response in (read, again):
        assert response.headers.get_list("cache-control") == ["no-store"]


async def test_response_headers_that_an_endpoint_sets_are_left_alone(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    @app.get("/cacheable")
    async def _read(response: Response) -> str:
        response.headers["Cache-Control"] = "public, max-age=60"
        return "the same for everybody"

    response = await client.get("/cacheable")

    assert response.headers.get_list("cache-control") == ["public, max-age=60"]
