"""A request, traced through all layers into the database."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from opentelemetry.trace import SpanKind

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from tests.api.clients import open_client, registration, service_settings
from tests.core.observability.spans import Spans

TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
EMAIL = "ada@example.com"


@pytest.fixture
async def client(
    spans: Spans,
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> AsyncIterator[httpx2.AsyncClient]:
    settings = service_settings(database=database_settings, cache=cache_settings)
    app = create_app(settings)
    async with open_client(app) as client:
        yield client


async def test_each_layer_that_a_request_goes_through_has_a_span(
    spans: Spans,
    client: httpx2.AsyncClient,
) -> None:
    body = registration(EMAIL, "Ada")

    await client.post("/api/v1/users", json=body, headers=HEADERS)

    calls = (span for span in spans.all if span.kind is SpanKind.CLIENT)
    paths = [spans.path_to(call) for call in calls if call.name.upper() == "INSERT"]
    [path] = [of for of in paths if of[-2].endswith("UserRepository.add")]
    assert path[0] == "POST /api/v1/users"
    assert any("Service.register" in name for name in path)
    request = spans.named("POST /api/v1/users")
    assert request.context is not None
    assert f"{request.context.trace_id:032x}" == TRACE


async def test_no_value_that_goes_to_the_database_is_in_a_span(
    spans: Spans,
    client: httpx2.AsyncClient,
) -> None:
    await client.post("/api/v1/users", json=registration(EMAIL, "Ada"))
    await client.post("/api/v1/users", json=registration(EMAIL, "Ada"))
    await client.get("/api/v1/users", params={"email": EMAIL})

    recorded = "".join(span.to_json() for span in spans.all)
    assert "UserRepository.list" in recorded
    assert EMAIL not in recorded
    assert "ada%40" not in recorded


async def test_a_statement_that_fails_marks_its_span(
    spans: Spans,
    client: httpx2.AsyncClient,
) -> None:
    for _ in range(2):
        await client.post("/api/v1/users", json=registration(EMAIL, "Ada"))

    failed = {span.name.upper() for span in spans.all if not span.status.is_ok}
    assert "INSERT" in failed


async def test_probes_are_not_traced(spans: Spans, client: httpx2.AsyncClient) -> None:
    for path in ("/livez", "/readyz"):
        assert (await client.get(path, headers=HEADERS)).status_code == 200

    traces = {f"{span.context.trace_id:032x}" for span in spans.all if span.context}
    assert TRACE not in traces
