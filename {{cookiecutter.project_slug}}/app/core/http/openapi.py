"""What the OpenAPI document says beyond what FastAPI finds out by itself.

Source: OpenAPI Specification 3.1, https://spec.openapis.org/oas/v3.1.2.html
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from app.core.http.problem_responses import SCHEMAS, http_problems
from app.core.http.problem_schemas import Problem

Document = dict[str, Any]

_WITH_ANY_REQUEST: tuple[HTTPStatus, ...] = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
)
_WITH_A_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE,)
_WITH_JSON = (HTTPStatus.UNSUPPORTED_MEDIA_TYPE,)


def complete_document(app: FastAPI) -> None:
    """Make an application tell all about its interface, once it is asked."""
    generate: Callable[[], Document] = app.openapi

    def openapi() -> Document:
        known = app.openapi_schema is not None
        document = generate()
        if not known:
            _complete(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: Document) -> None:
    _add_schema_of_problems(document)
    for operation in _operations(document):
        _document_refusals(operation)
        for parameter in operation.get("parameters", []):
            _refuse_null(parameter["schema"])
            _require_condition(parameter, operation)


def _operations(document: Document) -> Iterator[Document]:
    for path in document["paths"].values():
        yield from path.values()


def _add_schema_of_problems(document: Document) -> None:
    """Add what `problems` refers to; it belongs to no single endpoint."""
    schema = Problem.model_json_schema(ref_template=SCHEMAS)
    definitions = schema.pop("$defs", {})
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(definitions, **{Problem.__name__: schema})


def _document_refusals(operation: Document) -> None:
    """Add what is refused by what surrounds every endpoint, unless the endpoint says more."""
    statuses = _WITH_ANY_REQUEST
    if "requestBody" in operation:
        statuses += _WITH_A_BODY
        if "application/json" in operation["requestBody"]["content"]:
            statuses += _WITH_JSON
    refusals = {str(of): response for of, response in http_problems(*statuses).items()}
    operation["responses"] = refusals | operation["responses"]


def _refuse_null(schema: Document) -> None:
    """A parameter is left out or has a value: in a query or a header, nothing is null."""
    choices = schema.pop("anyOf", None)
    if choices is None:
        return
    possible = [choice for choice in choices if choice != {"type": "null"}]
    schema.update(possible[0] if len(possible) == 1 else {"anyOf": possible})


def _require_condition(parameter: Document, operation: Document) -> None:
    """Where a change without a condition is refused, the condition is required."""
    refused = str(HTTPStatus.PRECONDITION_REQUIRED.value) in operation["responses"]
    if refused and parameter["name"] == "If-Match":
        parameter["required"] = True
