"""How errors are documented: by the very types that answer them."""

from http import HTTPStatus
from typing import Any

from app.core.http.problem_schemas import MEDIA_TYPE, Problem
from app.core.http.problems import (
    NOT_NOW,
    ProblemType,
    problem_type_of,
    untyped_problem,
)
from app.core.http.response_headers import RETRY_AFTER

Responses = dict[int | str, dict[str, Any]]

SCHEMAS = "#/components/schemas/{model}"
"""Where the document keeps the schema of a model."""


def problems(*errors: type[Exception] | Exception) -> Responses:
    """Return the documentation of the answers to these errors, for `responses=`."""
    by_status: dict[HTTPStatus, list[ProblemType]] = {}
    for error in errors:
        problem_type = problem_type_of(error)
        by_status.setdefault(problem_type.status, []).append(problem_type)
    return {status.value: _response(status, of) for status, of in by_status.items()}


def http_problems(*statuses: HTTPStatus) -> Responses:
    """Return the documentation of refusals for reasons of HTTP, which have no type of ours."""
    return {of.value: _response(of, [untyped_problem(of)]) for of in statuses}


def _response(status: HTTPStatus, types: list[ProblemType]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": " · ".join(problem_type.title for problem_type in types),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": SCHEMAS.format(model=Problem.__name__)},
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
        "instance": "urn:request:0198c9f27a4b7c1e9b7e3f4d2a1b0c9d",
        "correlation_id": "0198c9f27a4b7c1e9b7e3f4d2a1b0c9d",
    }
