"""HEAD."""

import httpx2
import pytest

from tests.core.http.test_http_metrics import requests

OF_ONE_ANSWER = {"x-request-id", "date"}


@pytest.mark.parametrize("path", ["/livez", "/docs", "/things", "/things/0", "/x"])
async def test_head_is_answered_as_get_without_a_body(
    client: httpx2.AsyncClient,
    path: str,
) -> None:
    read = await client.get(path)
    head = await client.head(path)

    assert head.status_code == read.status_code
    assert head.content == b""
    for name in read.headers.keys() - OF_ONE_ANSWER:
        assert head.headers[name] == read.headers[name], name


async def test_head_is_counted_as_what_it_is(client: httpx2.AsyncClient) -> None:
    before = requests("HEAD", "/livez", 200)

    await client.head("/livez")

    assert requests("HEAD", "/livez", 200) == before + 1
