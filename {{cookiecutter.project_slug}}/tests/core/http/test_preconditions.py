"""Entity tags and conditions, as endpoints get them."""

import httpx2
import pytest
from fastapi import FastAPI, Request, Response

from app.core.http.preconditions import ExpectedVersionDep, RequiredVersionDep, tag

PATH = "/versioned"


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    """An application with a thing of version 1, which says whether that is expected."""

    @app.get(PATH)
    async def _read(request: Request, response: Response) -> str:
        tag(request, response, 1)
        return "Ada"

    @app.patch(PATH)
    async def _change(expected: RequiredVersionDep) -> bool:
        return 1 in expected

    @app.delete(PATH)
    async def _delete(expected: ExpectedVersionDep) -> bool:
        return 1 in expected

    return app


async def test_a_change_has_to_say_what_it_was_made_to(
    client: httpx2.AsyncClient,
) -> None:
    changed = await client.patch(PATH)
    deleted = await client.delete(PATH)

    assert changed.status_code == 428
    assert changed.json()["type"] == "urn:problem-type:precondition-required"
    assert deleted.json() is True


@pytest.mark.parametrize(
    "if_match",
    ['"1"', "*", " * ", '"7", "1"', '"x","1"', ', "1" ,', 'W/"1", "1"'],
)
async def test_a_change_of_the_current_version_is_expected(
    client: httpx2.AsyncClient,
    if_match: str,
) -> None:
    response = await client.patch(PATH, headers={"If-Match": if_match})

    assert response.json() is True


@pytest.mark.parametrize(
    "if_match",
    ['"2"', '"0"', '"01"', '""', '"*"', 'W/"1"', '"1,2"', '"\xb9"', f'"{"9" * 500}"'],
)
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_change_of_another_version_is_not_expected(
    client: httpx2.AsyncClient,
    method: str,
    if_match: str,
) -> None:
    headers = [(b"If-Match", if_match.encode("latin-1"))]

    response = await client.request(method, PATH, headers=headers)

    assert response.json() is False


async def test_tags_may_come_in_several_lines(client: httpx2.AsyncClient) -> None:
    headers = [("If-Match", '"7"'), ("If-Match", '"1"')]

    assert (await client.patch(PATH, headers=headers)).json() is True


@pytest.mark.parametrize(
    "value",
    ["1", "", ",", '"1', '1"', '"1" "2"', '*, "1"', 'w/"1"', '"1",' * 999 + "x"],
)
@pytest.mark.parametrize(
    ("method", "header"),
    [("PATCH", "If-Match"), ("DELETE", "If-Match"), ("GET", "If-None-Match")],
)
async def test_what_is_no_tag_is_refused(
    client: httpx2.AsyncClient,
    method: str,
    header: str,
    value: str,
) -> None:
    response = await client.request(method, PATH, headers={header: value})

    assert response.status_code == 422
    [error] = response.json()["errors"]
    assert (error["location"], error["pointer"]) == ("header", f"/{header}")


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', "*", '"0", W/"1"'])
async def test_what_the_client_has_already_is_not_sent_again(
    client: httpx2.AsyncClient,
    tags: str,
) -> None:
    response = await client.get(PATH, headers={"If-None-Match": tags})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == '"1"'
    assert "content-type" not in response.headers
    assert response.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("tags", ['"2"', 'W/"2"', '"", "x"'])
async def test_what_the_client_lacks_is_sent(
    client: httpx2.AsyncClient,
    tags: str,
) -> None:
    response = await client.get(PATH, headers={"If-None-Match": tags})

    assert response.status_code == 200
    assert response.json() == "Ada"
