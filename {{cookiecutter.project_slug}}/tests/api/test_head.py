"""HEAD."""

import httpx2
import pytest

from tests.api.conftest import Register
from tests.api.test_http_metrics import requests

USERS = "/api/v1/users"

OF_ONE_ANSWER = {"x-request-id", "date"}


@pytest.mark.parametrize("path", ["/livez", "/docs", USERS, f"{USERS}/ID", "/x"])
async def test_head_is_answered_as_get_without_a_body(
    client: httpx2.AsyncClient,
    register: Register,
    path: str,
) -> None:
    user = await register()
    url = path.replace("ID", user["id"])

    read = await client.get(url)
    head = await client.head(url)

    assert head.status_code == read.status_code
    assert head.content == b""
    for name in read.headers.keys() - OF_ONE_ANSWER:
        assert head.headers[name] == read.headers[name], name


async def test_head_is_counted_as_what_it_is(client: httpx2.AsyncClient) -> None:
    before = requests("HEAD", "/livez", 200)

    await client.head("/livez")

    assert requests("HEAD", "/livez", 200) == before + 1
