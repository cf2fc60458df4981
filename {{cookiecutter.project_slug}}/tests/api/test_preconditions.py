"""Entity tags, and the conditions that clients set with them."""

import asyncio

import httpx2
import pytest

from tests.api.clients import registration
from tests.api.conftest import Register
from tests.api.test_users import USERS, assert_problem


@pytest.fixture
async def path(register: Register) -> str:
    """The path of a user whose version is 1."""
    user = await register()
    return f"{USERS}/{user['id']}"


async def test_every_answer_that_shows_a_user_carries_its_tag(
    client: httpx2.AsyncClient,
) -> None:
    registered = await client.post(USERS, json=registration())
    path = registered.headers["location"]
    read = await client.get(path)
    changed = await client.patch(
        path,
        json={"name": "Ada King"},
        headers={"If-Match": read.headers["etag"]},
    )

    assert registered.headers["etag"] == read.headers["etag"] == '"1"'
    assert changed.headers["etag"] == '"2"'
    assert (await client.get(path)).headers["etag"] == '"2"'


async def test_a_change_has_to_say_what_it_was_made_to(
    client: httpx2.AsyncClient,
    path: str,
) -> None:
    response = await client.patch(path, json={"name": "Ada King"})

    assert_problem(response, 428, "precondition-required")


@pytest.mark.parametrize(
    "if_match",
    ['"1"', "*", " * ", '"7", "1"', '"x","1"', ', "1" ,', 'W/"1", "1"'],
)
async def test_a_change_of_the_current_version_is_made(
    client: httpx2.AsyncClient,
    path: str,
    if_match: str,
) -> None:
    response = await client.patch(
        path,
        json={"name": "Ada King"},
        headers={"If-Match": if_match},
    )

    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    "if_match",
    ['"2"', '"0"', '"01"', '""', '"*"', 'W/"1"', '"1,2"', '"\xb9"', f'"{"9" * 500}"'],
)
async def test_a_change_of_another_version_is_refused(
    client: httpx2.AsyncClient,
    path: str,
    if_match: str,
) -> None:
    headers = [(b"If-Match", if_match.encode("latin-1"))]

    changed = await client.patch(path, json={"name": "Ada King"}, headers=headers)
    deactivated = await client.delete(path, headers=headers)

    assert_problem(changed, 412, "stale-version")
    assert_problem(deactivated, 412, "stale-version")
    assert (await client.get(path)).headers["etag"] == '"1"'


async def test_tags_may_come_in_several_lines(
    client: httpx2.AsyncClient,
    path: str,
) -> None:
    response = await client.patch(
        path,
        json={"name": "Ada King"},
        headers=[("If-Match", '"7"'), ("If-Match", '"1"')],
    )

    assert response.status_code == 200


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
    path: str,
    method: str,
    header: str,
    value: str,
) -> None:
    body = {"name": "Ada King"} if method == "PATCH" else None

    response = await client.request(method, path, json=body, headers={header: value})

    problem = assert_problem(response, 422, "invalid-request")
    [error] = problem["errors"]
    assert (error["location"], error["pointer"]) == ("header", f"/{header}")


@pytest.mark.parametrize("tags", ['"1"', 'W/"1"', "*", '"0", W/"1"'])
async def test_what_the_client_has_already_is_not_sent_again(
    client: httpx2.AsyncClient,
    path: str,
    tags: str,
) -> None:
    response = await client.get(path, headers={"If-None-Match": tags})

    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == '"1"'
    assert "content-type" not in response.headers
    assert response.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("tags", ['"2"', 'W/"2"', '"", "x"'])
async def test_what_the_client_lacks_is_sent(
    client: httpx2.AsyncClient,
    path: str,
    tags: str,
) -> None:
    response = await client.get(path, headers={"If-None-Match": tags})

    assert response.status_code == 200
    assert response.json()["name"] == "Ada"


async def test_a_deactivation_may_say_what_it_was_made_to(
    client: httpx2.AsyncClient,
    path: str,
) -> None:
    headers = {"If-Match": '"1"'}

    first = await client.delete(path, headers=headers)
    again = await client.delete(path, headers=headers)

    assert (first.status_code, again.status_code) == (204, 204)


async def test_of_many_changes_with_one_tag_at_once_one_is_made(
    client: httpx2.AsyncClient,
    path: str,
) -> None:
    async def rename(number: int) -> int:
        response = await client.patch(
            path,
            json={"name": f"Name {number}"},
            headers={"If-Match": '"1"'},
        )
        return response.status_code

    statuses = await asyncio.gather(*(rename(number) for number in range(10)))

    assert sorted(statuses) == [200] + [412] * 9
    assert (await client.get(path)).headers["etag"] == '"2"'
