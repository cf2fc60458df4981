"""Every error answer of the service, in one shape.

The status of an error is that of its kind; the type and the title are those of its class, or
its own. An error without a kind is a bug: it is logged, and the client is told no more than that.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from operator import attrgetter
from typing import Any, ClassVar, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from app.core.database.errors import BrokenReference
from app.core.errors import (
    Conflict,
    DependencyUnavailable,
    InvalidReference,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
    RateLimited,
    Rejected,
    ServiceError,
    Unauthenticated,
    Unavailable,
)
from app.core.http.problem_schemas import MEDIA_TYPE, FieldError, Problem
from app.core.http.response_headers import RETRY_AFTER
from app.core.http.route_templates import methods_at

RETRY_AFTER_SECONDS = 1

MAX_ERRORS = 20
"""Errors of one request that an answer lists."""

MAX_POINTER_BYTES = 100

MAX_DETAIL_BYTES = 200
"""Of an error in the list. Together these keep every answer below 10 kB."""

NOT_NOW = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
"""Answers that say when to come again."""


class InternalError(Exception):
    """Stands for every error that nobody foresaw."""

    title: ClassVar[str] = "Internal error"


class RequestRejected(Exception):
    """A request is rejected before any service is asked; the message is for the client."""

    title: ClassVar[str]
    detail: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.detail)


class NulRefused(HTTPException):
    """A part of a request has text with a NUL character: not every database can store one."""

    message = "text has a NUL character"

    def __init__(self, location: str, *path: str | int) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY)
        error = {"type": "value_error", "msg": self.message}
        self.error = RequestValidationError([{**error, "loc": (location, *path)}])


class SurrogateRefused(NulRefused):
    """A part of a request has a lone surrogate: that is no text, and has no form in UTF-8."""

    message = "text has half of a surrogate pair"


class PreconditionRequired(RequestRejected):
    """A change has to say which version it is made to."""

    title = "Version not named"
    detail = "Send `If-Match` with the `ETag` of what you want to change."


class DeadlineExceeded(Exception):
    """The request took longer than a request may take."""

    title: ClassVar[str] = "Took too long"

    def __init__(self) -> None:
        super().__init__("This took too long and was stopped.")


class Overloaded(RequestRejected):
    """As many requests as can be handled at a time are being handled."""

    title = "Too much to do"
    detail = "There is too much to do right now."


@dataclass(frozen=True, slots=True)
class ProblemHeader:
    """A header of an error answer; `value_of` returns its value for an error, if it has one."""

    name: str
    value_of: Callable[[Any], str | None]
    documentation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem. Clients branch on `type`; `title` is for people."""

    status: HTTPStatus
    type: str
    title: str
    headers: tuple[ProblemHeader, ...] = ()


STATUSES: Mapping[type[Exception], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    Rejected: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    PermissionDenied: HTTPStatus.FORBIDDEN,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    PreconditionRequired: HTTPStatus.PRECONDITION_REQUIRED,
    DeadlineExceeded: HTTPStatus.SERVICE_UNAVAILABLE,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The status of each kind of error, and of all errors that derive from it."""

_INVALID_REQUEST = ProblemType(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "urn:problem-type:invalid-request",
    "Request not valid",
)

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def problem_type_of(error: type[Exception] | Exception) -> ProblemType:
    """Return the problem that an error, or any of a class, is answered with.

    Its type is the error's own name, `urn:problem-type:order-not-found`, or else that of the
    class: `urn:problem-type:stale-version` for `StaleVersion`.

    Raises:
        LookupError: the class derives from no kind of error.
    """
    cls = error if isinstance(error, type) else type(error)
    if issubclass(cls, RequestValidationError):
        return _INVALID_REQUEST
    status = next((STATUSES[of] for of in cls.__mro__ if of in STATUSES), None)
    if status is None:
        raise LookupError(f"{cls.__name__} derives from no kind of error")
    name = getattr(error, "name", _WORD.sub("-", cls.__name__).lower())
    title = getattr(error, "title", cls.__name__)
    return ProblemType(status, f"urn:problem-type:{name}", title, _headers_of(cls))


def _headers_of(error: type[Exception]) -> tuple[ProblemHeader, ...]:
    if issubclass(error, RateLimited):
        return (ProblemHeader("Retry-After", _seconds, RETRY_AFTER["Retry-After"]),)
    if not issubclass(error, Unauthenticated | PermissionDenied):
        return ()
    if error.challenge_example is None:
        return ()
    documentation = {
        "description": error.challenge_help,
        "schema": {"type": "string"},
        "example": error.challenge_example,
    }
    challenge = attrgetter("challenge")
    return (ProblemHeader("WWW-Authenticate", challenge, documentation),)


def _seconds(error: RateLimited) -> str:
    return str(error.retry_after)


COMMON_ERRORS = (
    RequestValidationError,
    DependencyUnavailable,
    DeadlineExceeded,
    Overloaded,
    InternalError,
)
"""What every endpoint may answer."""


def problem_response(
    request: Request,
    problem_type: ProblemType,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **extensions: Any,
) -> JSONResponse:
    """Return an error answer; `extensions` are the further members of `Problem`.

    Whatever says "not now" also says when, unless `headers` already do.
    """
    if problem_type.status in NOT_NOW:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} | dict(headers or {})
    problem = Problem(
        type=problem_type.type,
        title=problem_type.title,
        status=problem_type.status,
        detail=detail,
        instance=f"urn:request:{request.state.correlation_id}",
        correlation_id=request.state.correlation_id,
        **extensions,
    )
    return JSONResponse(
        problem.model_dump(mode="json", exclude_none=True),
        status_code=problem_type.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def internal_error(request: Request) -> JSONResponse:
    """Return the answer to give when something failed that nobody foresaw."""
    return problem_response(
        request,
        problem_type_of(InternalError),
        "Something went wrong on our side. It has been logged.",
    )


def problem_of(request: Request, error: Exception) -> JSONResponse:
    """Return the answer to an error of a known kind."""
    problem_type = problem_type_of(error)
    values = {header.name: header.value_of(error) for header in problem_type.headers}
    headers = {name: value for name, value in values.items() if value is not None}
    return problem_response(request, problem_type, str(error), headers=headers)


def untyped_problem(status: HTTPStatus) -> ProblemType:
    """Return the type of problems that say no more than their status (RFC 9457, section 4.2)."""
    return ProblemType(status, "about:blank", status.phrase)


def http_problem(request: Request, refusal: HTTPException) -> JSONResponse:
    """Return the answer to what is refused for reasons of HTTP, which have no type of ours."""
    if isinstance(refusal, NulRefused):
        return _invalid_request(request, refusal.error)
    status = HTTPStatus(refusal.status_code)
    return problem_response(
        request,
        untyped_problem(status),
        str(refusal.detail),
        headers=refusal.headers,
    )


def add_error_handlers(app: FastAPI) -> None:
    """Make an application answer every error with a problem."""
    app.add_exception_handler(ServiceError, _on_refusal)
    app.add_exception_handler(BrokenReference, _on_broken_reference)
    app.add_exception_handler(RequestRejected, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


def _release(error: Exception) -> None:
    """Free the body of a refused request at once.

    FastAPI raises its errors `from` those of the parser. The traceback of such a cause holds
    a frame, which holds the body and the error: a cycle, which only the garbage collector
    would free. Starlette drops the traceback of the error itself.
    """
    error.__cause__ = error.__context__ = None


async def _on_refusal(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, DependencyUnavailable):
        return problem_response(
            request,
            problem_type_of(DependencyUnavailable),
            str(error),
            dependencies=list(error.dependencies),
        )
    return problem_of(request, error)


async def _on_broken_reference(request: Request, error: Exception) -> JSONResponse:
    constraint = cast("BrokenReference", error).constraint
    return problem_of(request, InvalidReference(constraint))


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    _release(error)
    invalid = cast("RequestValidationError", error)
    if isinstance(invalid.body, bytes):  # not declared as JSON, so nobody parsed it
        # Source: RFC 9110, section 15.5.16.
        text = "Send the body as JSON, with `Content-Type: application/json`."
        refusal = HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text)
        return http_problem(request, refusal)
    return _invalid_request(request, invalid)


def _invalid_request(request: Request, invalid: RequestValidationError) -> JSONResponse:
    parts = invalid.errors()
    listed = parts[:MAX_ERRORS]
    detail = "Some parts of the request can't be used; see `errors`."
    if len(parts) > len(listed):
        detail += f" There are {len(parts) - len(listed)} more errors."
    errors = [_field_error(part["type"], part["loc"], part["msg"]) for part in listed]
    return problem_response(request, _INVALID_REQUEST, detail, errors=errors)


def _field_error(kind: str, place: Sequence[str | int], message: str) -> FieldError:
    location, *path = place
    if kind == "json_invalid":
        # The path is a position in the text, not in the document.
        return FieldError(
            location=str(location),
            pointer="",
            detail=f"This is not JSON, from character {path[0]} on",
        )
    return FieldError(
        location=str(location),
        pointer=_pointer(path),
        detail=_cut(message.removeprefix("Value error, ")),
    )


def _pointer(path: Sequence[str | int]) -> str:
    """Return a pointer to a part, or to the nearest one around it that can be shown.

    Clients choose the names of members, and those may be long, or no text at all.
    """
    pointer = ""
    for step in path:
        name = str(step).replace("~", "~0").replace("/", "~1")
        longer = f"{pointer}/{name}"
        if not name.isprintable() or len(longer.encode()) > MAX_POINTER_BYTES:
            break
        pointer = longer
    return pointer


def _cut(message: str) -> str:
    """Return the beginning of a message: some repeat a part of the value."""
    return message.encode(errors="replace")[:MAX_DETAIL_BYTES].decode(errors="ignore")


async def _on_http_exception(request: Request, error: Exception) -> Response:
    _release(error)
    refusal = cast("HTTPException", error)
    if refusal.status_code == HTTPStatus.NOT_MODIFIED:
        return Response(status_code=refusal.status_code, headers=refusal.headers)
    if refusal.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The router names the methods of one route, whatever else is at the same path.
        refusal.headers = {"Allow": ", ".join(methods_at(request.scope))}
    return http_problem(request, refusal)
