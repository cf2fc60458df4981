"""How errors are documented: by the very table that answers them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from app.api.errors import NOT_NOW, PROBLEMS, ProblemType
from app.api.headers import RETRY_AFTER
from app.api.schemas.problems import MEDIA_TYPE, Problem

Responses = dict[int | str, dict[str, Any]]

_SCHEMAS = "#/components/schemas/{model}"


def problems(*errors: type[Exception]) -> Responses:
    """Return the documentation of the answers to these errors, for `responses=`."""
    by_status: dict[HTTPStatus, list[ProblemType]] = {}
    for error in errors:
        problem_type = PROBLEMS[error]
        by_status.setdefault(problem_type.status, []).append(problem_type)
    return {status.value: _response(status, of) for status, of in by_status.items()}


def _response(status: HTTPStatus, types: list[ProblemType]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": " · ".join(problem_type.title for problem_type in types),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": _SCHEMAS.format(model=Problem.__name__)},
                "examples": {_name(of): {"value": _example(of)} for of in types},
            },
        },
    }
    described = (header for of in types for header in of.headers)
    headers = {header.name: header.documentation for header in described}
    if status in NOT_NOW:
        headers |= RETRY_AFTER
    if headers:
        response["headers"] = headers
    return response


def _name(problem_type: ProblemType) -> str:
    return problem_type.type.rpartition(":")[2]


def _example(problem_type: ProblemType) -> dict[str, Any]:
    return {
        "type": problem_type.type,
        "title": problem_type.title,
        "status": problem_type.status.value,
        "detail": f"{problem_type.title}.",
        "instance": "/api/v1/users",
        "correlation_id": "0198c9f27a4b7c1e9b7e3f4d2a1b0c9d",
    }


def document_problems(app: FastAPI) -> None:
    """Add the schemas that `problems` refers to; they belong to no single endpoint."""
    generate: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        schema = Problem.model_json_schema(ref_template=_SCHEMAS)
        definitions = schema.pop("$defs", {})
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(definitions, **{Problem.__name__: schema})
        return document

    app.openapi = openapi  # type: ignore[method-assign]
