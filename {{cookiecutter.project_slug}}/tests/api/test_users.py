"""Users over HTTP."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import hypothesis
import pytest
from hypothesis import HealthCheck, example, given

from app.core.validation import MAX_EMAIL_LENGTH
from tests.api.clients import registration
from tests.api.conftest import Register
from tests.core.unicode import addresses, long_texts, texts

USERS = "/api/v1/users"
NOBODY = f"{USERS}/{uuid4()}"
ANY = {"If-Match": "*"}

ABSENT = object()
"""Stands for a field that is left out."""


def assert_problem(response: httpx2.Response, status: int, kind: str) -> dict[str, Any]:
    """Check that an answer is a problem of a kind, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem["type"] == f"urn:problem-type:{kind}"
    assert problem["status"] == status
    assert problem["instance"] == f"urn:request:{problem['correlation_id']}"
    assert problem["correlation_id"] == response.headers["x-request-id"]
    return problem


async def test_registering_answers_with_the_user_and_its_place(
    client: httpx2.AsyncClient,
) -> None:
    body = registration("Ada@Example.com", " Ada ")

    response = await client.post(USERS, json=body)

    assert response.status_code == 201
    user = response.json()
    assert user == {
        "id": user["id"],
        "email": "ada@example.com",
        "name": "Ada",
        "active": True,
        "created_at": user["created_at"],
        "updated_at": user["created_at"],
    }
    assert re.fullmatch(r"2026-01-31T09:30:\d\dZ", user["created_at"])
    assert response.headers["location"] == f"{USERS}/{user['id']}"
    assert (await client.get(response.headers["location"])).json() == user


@hypothesis.settings(
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(email=addresses(), name=texts(8) | long_texts((1, 101)))
@example(email="J\N{COMBINING CARON}oe@example.com", name="Joe")
@example(email="Ada <ada@example.com>", name="Ada")
@example(email="ada@example.com", name="\N{MUSICAL SYMBOL SEMIBREVIS BLACK}" * 99)
async def test_registering_any_text_is_refused_or_found_by_the_same_text(
    client: httpx2.AsyncClient,
    email: str,
    name: str,
) -> None:
    body = json.dumps(registration(email, name))
    headers = {"Content-Type": "application/json"}

    response = await client.post(USERS, content=body, headers=headers)

    assert response.status_code in {201, 409, 422}, response.text
    if response.status_code == 201:
        found = await client.get(USERS, params={"email": email})
        assert found.json()["items"] == [response.json()]
        assert 1 <= len(response.json()["name"]) <= 100


async def test_second_registration_of_an_address_is_refused(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    await register("ada@example.com")

    response = await client.post(USERS, json=registration("ADA@example.com", "B"))

    assert_problem(response, 409, "email-taken")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ABSENT),
        ("name", ABSENT),
        ("email", "ada"),
        ("name", ""),
        ("name", " "),
        ("name", "a\0b"),
        ("name", "x" * 101),
        ("email", f"{'a' * 250}@example.com"),
        ("admin", True),
        ("email", None),
        ("name", 17),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_where_it_is_wrong(
    client: httpx2.AsyncClient,
    field: str,
    value: object,
) -> None:
    body = registration() | {field: value}
    if value is ABSENT:
        del body[field]

    response = await client.post(USERS, json=body)

    problem = assert_problem(response, 422, "invalid-request")
    [error] = problem["errors"]
    assert error["location"] == "body"
    assert error["pointer"] == f"/{field}"
    assert not error["detail"].startswith("Value error")


@pytest.mark.parametrize("body", [[], "ada", 17])
async def test_a_body_that_is_no_object_is_refused(
    client: httpx2.AsyncClient,
    body: object,
) -> None:
    response = await client.post(USERS, json=body)

    problem = assert_problem(response, 422, "invalid-request")
    assert [error["pointer"] for error in problem["errors"]] == [""]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"null", b"[" * 10_000])
async def test_what_is_not_json_is_refused(
    client: httpx2.AsyncClient,
    content: bytes,
) -> None:
    response = await client.post(
        USERS,
        content=content,
        headers={"content-type": "application/json"},
    )

    assert response.status_code in {400, 422}
    assert response.headers["content-type"] == "application/problem+json"


async def test_broken_json_is_refused_where_it_breaks(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.post(
        USERS,
        content=b'{"email": ada}',
        headers={"content-type": "application/json"},
    )

    problem = assert_problem(response, 422, "invalid-request")
    [error] = problem["errors"]
    assert error["pointer"] == ""
    assert error["detail"] == "This is not JSON, from character 10 on"


async def test_json_that_does_not_say_so_is_refused(client: httpx2.AsyncClient) -> None:
    content = b'{"email": "ada@example.com", "name": "Ada"}'

    response = await client.post(USERS, content=content)

    assert response.status_code == 415


async def test_a_refused_value_is_not_repeated(client: httpx2.AsyncClient) -> None:
    body = registration() | {"email": "sécret-value"}

    response = await client.post(USERS, json=body)

    assert response.status_code == 422
    assert "cret-value" not in response.text


async def _in_pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 100_000):
        yield b"x" * 100_000


@pytest.mark.parametrize("content", [b"x" * 1_100_000, _in_pieces(1_100_000)])
async def test_a_body_that_is_too_large_is_refused(
    client: httpx2.AsyncClient,
    content: bytes | AsyncIterator[bytes],
) -> None:
    response = await client.post(
        USERS,
        content=content,
        headers={"content-type": "application/json"},
    )

    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["correlation_id"] == response.headers["x-request-id"]


async def test_nobody_is_not_found(client: httpx2.AsyncClient) -> None:
    for response in [
        await client.get(NOBODY),
        await client.patch(NOBODY, json={"name": "X"}, headers=ANY),
        await client.delete(NOBODY),
    ]:
        assert_problem(response, 404, "user-not-found")


@pytest.mark.parametrize("user_id", ["0", "-1", "None", "%00", "9" * 30, "a" * 500])
async def test_what_is_no_id_is_refused(
    client: httpx2.AsyncClient,
    user_id: str,
) -> None:
    response = await client.get(f"{USERS}/{user_id}")

    problem = assert_problem(response, 422, "invalid-request")
    assert problem["errors"][0]["location"] == "path"


async def test_a_change_touches_only_what_it_names(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    user = await register()
    path = f"{USERS}/{user['id']}"

    response = await client.patch(path, json={"name": "Ada King"}, headers=ANY)

    assert response.status_code == 200
    changed = response.json()
    assert changed["name"] == "Ada King"
    assert changed["updated_at"] > user["updated_at"]
    for untouched in ["id", "email", "active", "created_at"]:
        assert changed[untouched] == user[untouched]
    assert (await client.get(path)).json() == changed


async def test_a_change_of_nothing_changes_nothing(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    user = await register()

    response = await client.patch(f"{USERS}/{user['id']}", json={}, headers=ANY)

    assert response.status_code == 200
    assert response.json() == user


@pytest.mark.parametrize("body", [{"name": None}, {"name": ""}, {"id": str(uuid4())}])
async def test_a_change_that_cannot_be_made_is_refused(
    client: httpx2.AsyncClient,
    register: Register,
    body: dict[str, Any],
) -> None:
    user = await register()

    response = await client.patch(f"{USERS}/{user['id']}", json=body, headers=ANY)

    assert_problem(response, 422, "invalid-request")


async def test_a_change_to_somebody_elses_address_is_refused(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    await register("ada@example.com")
    bob = await register("bob@example.com")

    response = await client.patch(
        f"{USERS}/{bob['id']}",
        json={"email": "Ada@example.com"},
        headers=ANY,
    )

    assert_problem(response, 409, "email-taken")


async def test_a_deactivated_user_is_readable_but_cannot_be_changed(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    user = await register()
    path = f"{USERS}/{user['id']}"

    for _ in range(2):
        response = await client.delete(path)
        assert response.status_code == 204
        assert response.content == b""

    assert (await client.get(path)).json()["active"] is False
    response = await client.patch(path, json={"name": "X"}, headers=ANY)
    assert_problem(response, 409, "user-deactivated")


async def test_pages_follow_each_other(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    users = [await register(f"{number}@example.com") for number in range(5)]
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}

    for expected in [2, 2, 1]:
        response = await client.get(USERS, params={"limit": "2", **cursor})
        page = response.json()
        assert len(page["items"]) == expected
        found += page["items"]
        cursor = {"cursor": page["next_cursor"]}

    assert found == users
    assert page["next_cursor"] is None


@pytest.mark.parametrize("letter", ["x", "ä", "字", "𠀀"])
async def test_a_page_may_end_with_the_longest_address(
    client: httpx2.AsyncClient,
    register: Register,
    letter: str,
) -> None:
    domain = "@example.com"
    letters = (MAX_EMAIL_LENGTH - len(domain)) // len(letter.encode())
    longest = letter * letters + domain
    for email in [longest, "a@example.com"]:
        await register(email)
    last_comes_first = {"limit": "1", "sort": "-email"}

    page = (await client.get(USERS, params=last_comes_first)).json()
    cursor = {"cursor": page["next_cursor"]}
    response = await client.get(USERS, params=last_comes_first | cursor)

    assert [user["email"] for user in page["items"]] == [longest]
    assert [user["email"] for user in response.json()["items"]] == ["a@example.com"]


async def test_links_lead_through_the_pages_and_keep_what_was_asked(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    for number in range(3):
        await register(f"{number}@example.com")
    asked = {"limit": "2", "sort": "-email", "active": "true", "other": "a&b <ü>"}

    first = await client.get(USERS, params=asked)
    last = await client.get(first.links["next"]["url"])
    first_again = await client.get(last.links["first"]["url"])

    emails = [user["email"] for user in first.json()["items"] + last.json()["items"]]
    assert emails == ["2@example.com", "1@example.com", "0@example.com"]
    assert set(last.links) == {"first"}
    assert first_again.json() == first.json()
    cursor = first.json()["next_cursor"]
    assert dict(last.request.url.params) == {**asked, "cursor": cursor}
    assert dict(first_again.request.url.params) == asked


async def test_lists_are_filtered_and_sorted(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    ada = await register("ada@example.com")
    bob = await register("bob@example.com")
    await client.delete(f"{USERS}/{ada['id']}")

    async def emails(**parameters: str) -> list[str]:
        response = await client.get(USERS, params=parameters)
        return [user["email"] for user in response.json()["items"]]

    assert await emails(sort="-email") == [bob["email"], ada["email"]]
    assert await emails(active="true") == [bob["email"]]
    assert await emails(active="false") == [ada["email"]]
    assert await emails(email="BOB@example.com") == [bob["email"]]


async def test_a_domain_is_the_same_in_its_letters_and_in_ascii(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    bob = await register("bob@xn--bcher-kva.example")
    assert bob["email"] == "bob@bücher.example"

    response = await client.post(USERS, json=registration(bob["email"]))
    assert_problem(response, 409, "email-taken")
    for email in (bob["email"], "bob@xn--bcher-kva.example"):
        page = await client.get(USERS, params={"email": email})
        assert page.json()["items"] == [bob]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "101"),
        ("limit", "9" * 30),
        ("sort", "password"),
        ("active", "maybe"),
        ("email", "nobody"),
        ("email", ""),
        ("cursor", "x"),
        ("cursor", "x" * 2000),
    ],
)
async def test_a_list_that_cannot_be_made_is_refused(
    client: httpx2.AsyncClient,
    name: str,
    value: str,
) -> None:
    response = await client.get(USERS, params={name: value})

    problem = assert_problem(response, 422, "invalid-request")
    [error] = problem["errors"]
    assert (error["location"], error["pointer"]) == ("query", f"/{name}")


@pytest.mark.parametrize("differing", [{"sort": "email"}, {"active": "true"}])
async def test_a_cursor_of_another_list_is_refused(
    client: httpx2.AsyncClient,
    register: Register,
    differing: dict[str, str],
) -> None:
    await register("ada@example.com")
    await register("bob@example.com")
    page = (await client.get(USERS, params={"limit": "1"})).json()

    response = await client.get(
        USERS,
        params={"cursor": page["next_cursor"], **differing},
    )

    assert_problem(response, 422, "invalid-request")


async def test_users_are_counted_once_in_a_while(
    client: httpx2.AsyncClient,
    register: Register,
) -> None:
    await register("ada@example.com")
    gone = await register("bob@example.com")
    await client.delete(f"{USERS}/{gone['id']}")

    counted = (await client.get(f"{USERS}/statistics")).json()
    await register("eve@example.com")
    again = (await client.get(f"{USERS}/statistics")).json()

    assert (counted["total"], counted["active"]) == (2, 1)
    assert counted["registrations"][-1]["day"] == "2026-01-31"
    assert len(counted["registrations"]) == 30
    assert gone["created_at"] < counted["as_of"]
    assert again == counted
