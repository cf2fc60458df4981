"""CORS: what browsers let pages of other origins do.

Source: Fetch standard, section "HTTP CORS protocol".
"""

from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from app.core.cors import CorsSettings
from app.core.settings import HttpSettings

THINGS = "/things"
NOTHING = f"{THINGS}/{UUID(int=0)}"
PAGE = "https://app.example.com"
OTHER = "https://other.example.com"
MAX_URL = 1000


@pytest.fixture
def cors() -> CorsSettings:
    return CorsSettings(origins=(PAGE,), credentials=True, max_age=60)


@pytest.fixture
def http(cors: CorsSettings) -> HttpSettings:
    return HttpSettings(cors=cors, max_url_bytes=MAX_URL, max_body_bytes=1000)


def preflight(
    method: str,
    headers: str = "",
    origin: str = PAGE,
) -> dict[str, str]:
    """Return what a browser sends before a request."""
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        **({"Access-Control-Request-Headers": headers} if headers else {}),
    }


def names(response: httpx2.Response, header: str) -> set[str]:
    return {name.lower() for name in response.headers[header].split(", ")}


async def test_preflight_of_a_change_is_allowed(client: httpx2.AsyncClient) -> None:
    wanted = "authorization,content-type,idempotency-key,if-match,x-request-id"

    response = await client.options(NOTHING, headers=preflight("PATCH", wanted))

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == PAGE
    assert response.headers["access-control-allow-credentials"] == "true"
    assert response.headers["access-control-max-age"] == "60"
    assert "patch" in names(response, "access-control-allow-methods")
    allowed = names(response, "access-control-allow-headers")
    assert set(wanted.split(",")) <= allowed
    assert "origin" in names(response, "vary")
    assert response.headers["x-request-id"]


@pytest.mark.parametrize(
    "headers",
    [
        preflight("PATCH", origin=OTHER),
        preflight("PATCH", origin=f"{PAGE}.evil.example"),
        preflight("PATCH", "x-unknown"),
        preflight("CONNECT"),
    ],
)
async def test_preflight_of_anything_else_is_refused(
    client: httpx2.AsyncClient,
    headers: dict[str, str],
) -> None:
    response = await client.options(NOTHING, headers=headers)

    assert response.status_code == 400


async def test_options_that_is_no_preflight_is_405(client: httpx2.AsyncClient) -> None:
    response = await client.options(THINGS, headers={"Origin": PAGE})

    assert response.status_code == 405
    assert response.headers["access-control-allow-origin"] == PAGE


async def test_page_reads_the_headers_that_it_needs(client: httpx2.AsyncClient) -> None:
    response = await client.get(THINGS, headers={"Origin": PAGE})

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == PAGE
    readable = names(response, "access-control-expose-headers")
    assert {"etag", "idempotency-replayed"} <= readable
    assert {"link", "location", "retry-after", "www-authenticate"} <= readable
    assert "x-request-id" in response.headers.keys() & readable


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", NOTHING, b"", 404),
        ("GET", f"{THINGS}/nothing", b"", 422),
        ("GET", f"{THINGS}?limit=%00", b"", 422),
        ("GET", f"{THINGS}/{'x' * MAX_URL}", b"", 414),
        ("POST", THINGS, b" " * 1001, 413),
        ("POST", THINGS, b"[" * 100, 400),
        ("PUT", THINGS, b"", 405),
        ("GET", "/nothing", b"", 404),
    ],
)
async def test_page_reads_problems(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    body: bytes,
    status: int,
) -> None:
    headers = {"Origin": PAGE, "Content-Type": "application/json"}

    response = await client.request(method, path, content=body, headers=headers)

    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["access-control-allow-origin"] == PAGE
    assert "origin" in names(response, "vary")


async def test_page_reads_failures_that_nobody_foresaw(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    @app.get("/broken")
    async def _fail() -> None:
        raise ZeroDivisionError

    with capture_logs():
        response = await client.get("/broken", headers={"Origin": PAGE})

    assert response.status_code == 500
    assert response.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("origin", [OTHER, "null", f"{PAGE}.evil.example"])
async def test_page_of_another_origin_reads_nothing(
    client: httpx2.AsyncClient,
    origin: str,
) -> None:
    response = await client.get(THINGS, headers={"Origin": origin})

    assert "access-control-allow-origin" not in response.headers
    assert "origin" in names(response, "vary")


@pytest.mark.parametrize("cors", [CorsSettings(origins=("*",))])
async def test_any_page_reads_without_credentials(client: httpx2.AsyncClient) -> None:
    read = await client.get(THINGS, headers={"Origin": OTHER})
    asked = await client.options(THINGS, headers=preflight("POST", origin=OTHER))

    for response in (read, asked):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("cors", [CorsSettings()])
async def test_service_without_origins_says_nothing_of_them(
    client: httpx2.AsyncClient,
) -> None:
    read = await client.get(THINGS, headers={"Origin": PAGE})
    asked = await client.options(THINGS, headers=preflight("POST"))

    assert (read.status_code, asked.status_code) == (200, 405)
    for response in (read, asked):
        assert not [name for name in response.headers if "access-control" in name]
        assert "vary" not in response.headers
