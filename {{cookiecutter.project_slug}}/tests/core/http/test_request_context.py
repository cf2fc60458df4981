"""Correlation ids and access lines."""

import httpx2
import pytest
from structlog.testing import capture_logs


async def test_a_callers_id_is_taken_over(client: httpx2.AsyncClient) -> None:
    given = "order-17.retry_2:b"

    with capture_logs() as logs:
        response = await client.get("/livez", headers={"X-Request-ID": given})

    assert response.headers["x-request-id"] == given
    [line] = logs
    assert line["event"] == "request_handled"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/livez", 200)
    assert line["milliseconds"] >= 0


@pytest.mark.parametrize("given", ["", " ", "a b", "ä", "x" * 65, '"}', "a;b"])
async def test_an_id_that_could_do_harm_is_replaced(
    client: httpx2.AsyncClient,
    given: str,
) -> None:
    headers = [(b"X-Request-ID", given.encode())]

    first = await client.get("/livez", headers=headers)
    second = await client.get("/livez", headers=headers)

    assert first.headers["x-request-id"] != given
    assert len(first.headers["x-request-id"]) == 32
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
