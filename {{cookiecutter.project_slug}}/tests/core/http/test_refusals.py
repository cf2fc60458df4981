"""Refused requests: answers list some errors, and point at them."""

import json

import httpx2
import pytest


async def test_refusal_many_errors_lists_twenty_and_counts_the_rest(
    client: httpx2.AsyncClient,
) -> None:
    body = {"name": "a"} | {f"unknown {number}": number for number in range(100)}

    response = await client.post("/things", json=body)

    problem = response.json()
    assert response.status_code == 422
    assert len(problem["errors"]) == 20
    assert "There are 80 more errors." in problem["detail"]


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("a/b~c", "/a~1b~0c"),
        ("x" * 99, f"/{'x' * 99}"),
        ("x" * 100, ""),
        ("~" * 50, ""),
        ("\ud800", ""),
        ("a\nb", ""),
    ],
)
async def test_refusal_pointer_is_of_the_nearest_part_that_can_be_shown(
    client: httpx2.AsyncClient,
    name: str,
    pointer: str,
) -> None:
    content = json.dumps({"name": "a"} | {name: 1})

    response = await client.post(
        "/things",
        content=content,
        headers={"Content-Type": "application/json"},
    )

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_problem_instance_is_the_correlation_id(
    client: httpx2.AsyncClient,
) -> None:
    response = await client.get("/nothing", headers={"X-Request-ID": "my-request"})

    assert response.json()["instance"] == "urn:request:my-request"
