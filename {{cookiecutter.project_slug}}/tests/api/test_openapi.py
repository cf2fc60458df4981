"""The interface's own description."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate

from app.core import service_info
from app.core.settings import Environment, HttpSettings, Settings
from app.main import create_app
from tests.api.operations import address_in

PROBLEM = "application/problem+json"


@pytest.fixture
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_it_carries_the_names_of_the_service(document: dict[str, Any]) -> None:
    assert document["info"]["title"] == service_info.TITLE
    assert document["info"]["version"] == service_info.VERSION


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in _operations(document)]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for name, operation in _operations(document):
        assert operation["description"], name


def test_every_error_is_a_documented_problem_with_an_example(
    document: dict[str, Any],
) -> None:
    for name, operation in _operations(document):
        responses = operation["responses"]
        errors = [status for status in responses if int(status) >= 400]
        if "/api/" in name:
            assert {"422", "500", "503"} <= set(errors), name
        for status in errors:
            content = responses[status]["content"]
            assert list(content) == [PROBLEM], name
            assert content[PROBLEM]["examples"], name


def test_it_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_parameter_and_every_body_has_a_description_and_an_example(
    document: dict[str, Any],
) -> None:
    for name, operation in _operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter["description"], name
            assert parameter["schema"]["examples"], (name, parameter["name"])
        content = operation.get("requestBody", {"content": {}})["content"]
        for body in content.values():
            schema = body["schema"]["$ref"].rpartition("/")[2]
            described = document["components"]["schemas"][schema]
            assert body.get("examples") or described["examples"], name


def test_every_header_of_an_answer_has_a_description_and_an_example(
    document: dict[str, Any],
) -> None:
    for name, operation in _operations(document):
        for response in operation["responses"].values():
            for header in response.get("headers", {}).values():
                assert header["description"], name
                assert "example" in header, name


def test_a_parameter_is_never_null(document: dict[str, Any]) -> None:
    for _, operation in _operations(document):
        for parameter in operation.get("parameters", []):
            assert "null" not in str(parameter["schema"])


def test_a_change_requires_the_version_that_it_is_made_to(
    document: dict[str, Any],
) -> None:
    path = document["paths"]["/api/v1/users/{user_id}"]

    required = {
        method: parameter["required"]
        for method, operation in path.items()
        for parameter in operation["parameters"]
        if parameter["name"] == "If-Match"
    }

    assert required == {"patch": True, "delete": False}


def test_what_is_refused_before_an_endpoint_is_asked_is_documented(
    document: dict[str, Any],
) -> None:
    for name, operation in _operations(document):
        statuses = set(operation["responses"])
        assert {"400", "414", "431"} <= statuses, name
        content = operation.get("requestBody", {"content": {}})["content"]
        assert ("413" in statuses) == bool(content), name
        assert ("415" in statuses) == ("application/json" in content), name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    prefix = "#/components/schemas/"

    references = set(_references(document))

    assert {reference.removeprefix(prefix) for reference in references} <= set(schemas)
    assert "HTTPValidationError" not in schemas


async def test_it_is_served_as_it_is_and_for_people_to_read_on_one_page(
    client: httpx2.AsyncClient,
) -> None:
    paths = ["/openapi.json", "/docs", "/redoc"]

    statuses = [(await client.get(path)).status_code for path in paths]

    assert statuses == [200, 200, 404]


@pytest.mark.parametrize("docs", [None, True])
def test_openapi_page_with_scripts_of_others_is_not_for_production(
    docs: bool | None,
) -> None:
    settings = Settings(http=HttpSettings(docs=docs))
    settings = settings.model_copy(update={"environment": Environment.PRODUCTION})

    app = create_app(settings)

    assert app.docs_url is None
    assert app.openapi_url == ("/openapi.json" if docs else None)


def test_asking_twice_gives_the_same(app: FastAPI) -> None:
    assert app.openapi() == app.openapi()


def test_it_can_be_switched_off() -> None:
    settings = Settings(http=HttpSettings(docs=False))

    app = create_app(settings)

    assert app.openapi_url is None


async def test_undeclared_method_returns_405_with_the_declared_ones(
    client: httpx2.AsyncClient,
    document: dict[str, Any],
) -> None:
    for path, described in document["paths"].items():
        methods = {
            *map(str.upper, described),
            *(["HEAD"] if "get" in described else []),
        }
        for method in {"DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"} - methods:
            response = await client.request(method, address_in(path))

            assert response.status_code == 405, (method, path)
            assert set(response.headers["allow"].split(", ")) == methods
