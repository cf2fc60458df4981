"""Entity tags of users, and changes to one version."""

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


async def test_a_change_of_another_version_is_refused(
    client: httpx2.AsyncClient,
    path: str,
) -> None:
    headers = {"If-Match": '"2"'}

    changed = await client.patch(path, json={"name": "Ada King"}, headers=headers)
    deactivated = await client.delete(path, headers=headers)

    assert_problem(changed, 412, "stale-version")
    assert_problem(deactivated, 412, "stale-version")
    assert (await client.get(path)).headers["etag"] == '"1"'


async def test_a_user_that_the_client_has_already_is_not_sent_again(
    client: httpx2.AsyncClient,
    path: str,
) -> None:
    known = await client.get(path, headers={"If-None-Match": '"1"'})
    unknown = await client.get(path, headers={"If-None-Match": '"2"'})

    assert (known.status_code, unknown.status_code) == (304, 200)
    assert unknown.json()["name"] == "Ada"


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
