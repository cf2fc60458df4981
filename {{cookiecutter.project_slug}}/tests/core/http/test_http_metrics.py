"""Requests, counted by the templates of their routes."""

from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import REGISTRY
from structlog.testing import capture_logs


def requests(method: str, route: str, status: int) -> float:
    labels = {"method": method, "route": route, "status": str(status)}
    return REGISTRY.get_sample_value("http_request_seconds_count", labels) or 0


def _routes() -> set[str]:
    metrics = [it for it in REGISTRY.collect() if it.name == "http_request_seconds"]
    return {sample.labels["route"] for it in metrics for sample in it.samples}


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/livez", "/livez", 200),
        ("GET", "/docs", "/docs", 200),
        ("GET", f"/things/{UUID(int=0)}", "/things/{thing_id}", 404),
        ("GET", "/things/nothing", "/things/{thing_id}", 422),
        ("PUT", "/things/nothing", "/things/{thing_id}", 405),
        ("GET", "/nothing", "unmatched", 404),
    ],
)
async def test_a_request_is_counted_by_its_full_route(
    client: httpx2.AsyncClient,
    method: str,
    path: str,
    route: str,
    status: int,
) -> None:
    before = requests(method, route, status)

    with capture_logs() as logs:
        response = await client.request(method, path)

    assert response.status_code == status
    assert requests(method, route, status) == before + 1
    [line] = [line for line in logs if line["event"] == "request_handled"]
    assert (line["route"], line["path"]) == (route, path)


async def test_paths_and_methods_that_clients_invent_make_no_labels(
    client: httpx2.AsyncClient,
) -> None:
    await client.get("/")
    before = _routes()
    others = requests("other", "unmatched", 404)

    for number in range(5):
        await client.request(f"BREW{number}", f"/pot/{number}")

    assert _routes() == before
    assert requests("other", "unmatched", 404) == others + 5


async def test_a_failure_that_nobody_foresaw_is_counted_as_500(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    @app.get("/broken/{part}")
    async def _fail(part: str) -> None:
        raise ZeroDivisionError

    before = requests("GET", "/broken/{part}", 500)
    with capture_logs():
        await client.get("/broken/1")

    assert requests("GET", "/broken/{part}", 500) == before + 1


async def test_a_router_that_is_included_twice_has_two_routes(
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    router = APIRouter()

    @router.get("/things/{thing_id}")
    async def read_thing(thing_id: int) -> int:
        return thing_id

    app.include_router(router, prefix="/old")
    app.include_router(router, prefix="/tenants/{tenant}")

    await client.get("/old/things/1")
    await client.get("/tenants/a/things/1")

    assert requests("GET", "/old/things/{thing_id}", 200) == 1
    assert requests("GET", "/tenants/{tenant}/things/{thing_id}", 200) == 1
