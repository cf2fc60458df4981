"""Headers that every answer has."""

from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI, Response
from structlog.testing import capture_logs

THINGS = "/things"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", THINGS, 200),
        ("HEAD", THINGS, 200),
        ("GET", f"{THINGS}/{UUID(int=0)}", 404),
        ("GET", f"{THINGS}/nothing", 422),
        ("PUT", THINGS, 405),
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
