"""The interface's own description."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI

from app import about
from app.core.settings import HttpSettings, Settings
from app.main import create_app

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
    assert document["info"]["title"] == about.TITLE
    assert document["info"]["version"] == about.VERSION


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


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    prefix = "#/components/schemas/"

    references = set(_references(document))

    assert {reference.removeprefix(prefix) for reference in references} <= set(schemas)
    assert "HTTPValidationError" not in schemas


def test_asking_twice_gives_the_same(app: FastAPI) -> None:
    assert app.openapi() == app.openapi()


def test_it_can_be_switched_off() -> None:
    settings = Settings(http=HttpSettings(docs=False))

    app = create_app(settings)

    assert app.openapi_url is None
