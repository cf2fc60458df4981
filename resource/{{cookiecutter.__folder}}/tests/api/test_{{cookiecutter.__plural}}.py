{% set r = cookiecutter | resource %}
{% set c = r.changing %}
"""Sample items over HTTP."""

import json
import math
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.api.clients import registration
from tests.api.test_users import ABSENT, ANY, assert_problem
{% for f in r.unique if f.kind == "ref" and f.optional and f.target.singular != "user" and f.target != r.names %}
from tests.{{ f.target.plural }} import create_{{ f.target.singular }}
{% endfor %}
from tests.sample_items import SAMPLE_ITEMS, create_sample_item, sample_item_body

NOTHING = f"{SAMPLE_ITEMS}/{uuid4()}"
CHANGE = {"{{ c.name }}": {{ c | example(1) }}}


async def test_creating_answers_with_what_was_created_and_its_place(
    client: httpx2.AsyncClient,
) -> None:
    request_body = await sample_item_body(client)

    response = await client.post(SAMPLE_ITEMS, json=request_body)

    assert response.status_code == 201
    sample_item = response.json()
    assert sample_item == {
        **request_body,
        "id": sample_item["id"],
{% if r.has_owner %}
        "owner_id": sample_item["owner_id"],
{% endif %}
{% if r.deactivates %}
        "active": True,
{% endif %}
        "created_at": sample_item["created_at"],
        "updated_at": sample_item["created_at"],
    }
    assert response.headers["location"] == f"{SAMPLE_ITEMS}/{sample_item['id']}"
    assert response.headers["etag"] == '"1"'
    assert (await client.get(response.headers["location"])).json() == sample_item


async def test_a_creation_with_a_key_happens_once(client: httpx2.AsyncClient) -> None:
    request_body = await sample_item_body(client)
    headers = {"Idempotency-Key": str(uuid4())}

    first = await client.post(SAMPLE_ITEMS, json=request_body, headers=headers)
    second = await client.post(SAMPLE_ITEMS, json=request_body, headers=headers)

    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert len((await client.get(SAMPLE_ITEMS)).json()["items"]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
{% for f in r.fields %}
{% for value in f | refused %}
        ("{{ f.name }}", {{ value }}),
{% endfor %}
{% endfor %}
        ("surprise", True),
    ],
)
async def test_a_body_that_cannot_be_used_is_refused_where_it_is_wrong(
    client: httpx2.AsyncClient,
    field: str,
    value: object,
) -> None:
    request_body = await sample_item_body(client) | {field: value}
    if value is ABSENT:
        del request_body[field]

    response = await client.post(SAMPLE_ITEMS, json=request_body)

    problem = assert_problem(response, 422, "invalid-request")
    [error] = problem["errors"]
    assert error["location"] == "body"
{% if r.of_kind("list") %}
    assert error["pointer"] in (f"/{field}", f"/{field}/0")
{% else %}
    assert error["pointer"] == f"/{field}"
{% endif %}
{% for f in r.of_kind("float") %}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_{{ f.name }}_has_to_be_finite(client: httpx2.AsyncClient, number: float) -> None:
    request_body = await sample_item_body(client, {{ f.name }}=number)
    headers = {"Content-Type": "application/json"}

    response = await client.post(SAMPLE_ITEMS, content=json.dumps(request_body), headers=headers)

    assert_problem(response, 422, "invalid-request")
{% endfor %}
{% for f in r.unique %}


async def test_{{ f.name }}_that_is_taken_is_refused(client: httpx2.AsyncClient) -> None:
{% if f.kind == "ref" and f.optional %}
{% if f.target.singular == "user" %}
    response = await client.post("/api/v1/users", json=registration())
    target = response.json()
{% else %}
    target = await create_{{ f.target.singular }}(client)
{% endif %}
    first = await create_sample_item(client, {{ f.name }}=target["id"])
    other = await create_sample_item(client)
{% else %}
    first, other = await create_sample_item(client), await create_sample_item(client)
{% endif %}
    taken = {"{{ f.name }}": first["{{ f.name }}"]}

    for response in [
        await client.post(SAMPLE_ITEMS, json=await sample_item_body(client) | taken),
        await client.patch(f"{SAMPLE_ITEMS}/{other['id']}", json=taken, headers=ANY),
    ]:
        assert_problem(response, 409, "{{ f.taken }}")
{% endfor %}
{% for f in r.references %}


async def test_{{ f.name }}_has_to_refer_to_something(client: httpx2.AsyncClient) -> None:
    sample_item = await create_sample_item(client)
    unknown = {"{{ f.name }}": str(uuid4())}

    for response in [
        await client.post(SAMPLE_ITEMS, json=await sample_item_body(client) | unknown),
        await client.patch(f"{SAMPLE_ITEMS}/{sample_item['id']}", json=unknown, headers=ANY),
    ]:
        assert_problem(response, 422, "{{ f.unknown }}")
{% endfor %}


async def test_nothing_is_not_found(client: httpx2.AsyncClient) -> None:
    for response in [
        await client.get(NOTHING),
        await client.patch(NOTHING, json=CHANGE, headers=ANY),
        await client.delete(NOTHING),
    ]:
        assert_problem(response, 404, "sample-item-not-found")


async def test_a_change_touches_only_what_it_names(client: httpx2.AsyncClient) -> None:
    sample_item = await create_sample_item(client)
    path = f"{SAMPLE_ITEMS}/{sample_item['id']}"

    response = await client.patch(path, json=CHANGE, headers=ANY)

    assert response.status_code == 200
    changed = response.json()
    assert changed["updated_at"] > sample_item["updated_at"]
    assert changed == sample_item | CHANGE | {"updated_at": changed["updated_at"]}
    assert (await client.get(path)).json() == changed


async def test_a_change_of_nothing_changes_nothing(client: httpx2.AsyncClient) -> None:
    sample_item = await create_sample_item(client)

    response = await client.patch(f"{SAMPLE_ITEMS}/{sample_item['id']}", json={}, headers=ANY)

    assert response.status_code == 200
    assert response.json() == sample_item


async def test_a_change_has_to_name_the_current_version(
    client: httpx2.AsyncClient,
) -> None:
    sample_item = await create_sample_item(client)
    path = f"{SAMPLE_ITEMS}/{sample_item['id']}"

    unnamed = await client.patch(path, json=CHANGE)
    stale = await client.patch(path, json=CHANGE, headers={"If-Match": '"2"'})
    current = await client.patch(path, json=CHANGE, headers={"If-Match": '"1"'})

    assert_problem(unnamed, 428, "precondition-required")
    assert_problem(stale, 412, "stale-version")
    assert current.headers["etag"] == '"2"'


async def test_what_a_client_has_already_is_not_sent_again(
    client: httpx2.AsyncClient,
) -> None:
    sample_item = await create_sample_item(client)
    path = f"{SAMPLE_ITEMS}/{sample_item['id']}"

    response = await client.get(path, headers={"If-None-Match": '"1"'})

    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.parametrize("changes", [{"id": str(uuid4())}, {"surprise": True}])
async def test_a_change_that_cannot_be_made_is_refused(
    client: httpx2.AsyncClient,
    changes: dict[str, Any],
) -> None:
    sample_item = await create_sample_item(client)

    response = await client.patch(f"{SAMPLE_ITEMS}/{sample_item['id']}", json=changes, headers=ANY)

    assert_problem(response, 422, "invalid-request")


{% if r.deactivates %}
async def test_what_is_deactivated_is_readable_but_cannot_be_changed(
    client: httpx2.AsyncClient,
) -> None:
    sample_item = await create_sample_item(client)
    path = f"{SAMPLE_ITEMS}/{sample_item['id']}"

    for _ in range(2):
        response = await client.delete(path)
        assert response.status_code == 204
        assert response.content == b""

    assert (await client.get(path)).json()["active"] is False
    response = await client.patch(path, json=CHANGE, headers=ANY)
    assert_problem(response, 409, "sample-item-deactivated")
{% else %}
async def test_what_is_deleted_is_gone(client: httpx2.AsyncClient) -> None:
    sample_item = await create_sample_item(client)
    path = f"{SAMPLE_ITEMS}/{sample_item['id']}"
    stale = await client.delete(path, headers={"If-Match": '"2"'})
    assert_problem(stale, 412, "stale-version")

    response = await client.delete(path)

    assert (response.status_code, response.content) == (204, b"")
    for response in [await client.get(path), await client.delete(path)]:
        assert_problem(response, 404, "sample-item-not-found")
    assert (await client.get(SAMPLE_ITEMS)).json()["items"] == []
{% endif %}


{% if r.is_public %}
async def test_everybody_may_read_and_not_write(client: httpx2.AsyncClient) -> None:
    sample_item = await create_sample_item(client)
    path = f"{SAMPLE_ITEMS}/{sample_item['id']}"
    request_body = await sample_item_body(client)
    del client.headers["authorization"]

    listed = await client.get(SAMPLE_ITEMS)

    assert listed.json()["items"] == [sample_item]
    assert (await client.get(path)).json() == sample_item
    for response in [
        await client.post(SAMPLE_ITEMS, json=request_body),
        await client.patch(path, json=CHANGE, headers=ANY),
        await client.delete(path),
    ]:
        assert_problem(response, 401, "not-authenticated")


{% endif %}
async def test_pages_follow_each_other(client: httpx2.AsyncClient) -> None:
    sample_items = [await create_sample_item(client) for _ in range(5)]
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}

    for expected in [2, 2, 1]:
        response = await client.get(SAMPLE_ITEMS, params={"limit": "2", **cursor})
        page = response.json()
        assert len(page["items"]) == expected
        found += page["items"]
        cursor = {"cursor": page["next_cursor"]}

    assert found == sample_items
    assert page["next_cursor"] is None


async def test_lists_are_filtered_and_sorted(client: httpx2.AsyncClient) -> None:
    first, second = await create_sample_item(client), await create_sample_item(client)
{% if r.deactivates %}
    await client.delete(f"{SAMPLE_ITEMS}/{first['id']}")
{% endif %}

    async def ids(**parameters: Any) -> list[str]:
        response = await client.get(SAMPLE_ITEMS, params=parameters)
        return [sample_item["id"] for sample_item in response.json()["items"]]

    assert await ids(sort="-created_at") == [second["id"], first["id"]]
{% if r.deactivates %}
    assert await ids(active="true") == [second["id"]]
    assert await ids(active="false") == [first["id"]]
{% endif %}
{% for f in r.sure_filters %}
    assert await ids({{ f.name }}=second["{{ f.name }}"]) == [second["id"]]
{% endfor %}


@pytest.mark.parametrize(
    ("name", "value"),
    [("limit", "0"), ("limit", "101"), ("sort", "name"){{ ', ("active", "maybe")' if r.deactivates }}],
)
async def test_a_list_that_cannot_be_made_is_refused(
    client: httpx2.AsyncClient,
    name: str,
    value: str,
) -> None:
    response = await client.get(SAMPLE_ITEMS, params={name: value})

    problem = assert_problem(response, 422, "invalid-request")
    [error] = problem["errors"]
    assert (error["location"], error["pointer"]) == ("query", f"/{name}")


async def test_a_cursor_of_another_list_is_refused(client: httpx2.AsyncClient) -> None:
    for _ in range(2):
        await create_sample_item(client)
    page = (await client.get(SAMPLE_ITEMS, params={"limit": "1"})).json()

    response = await client.get(
        SAMPLE_ITEMS,
        params={"cursor": page["next_cursor"], "sort": "-created_at"},
    )

    assert_problem(response, 422, "invalid-request")
