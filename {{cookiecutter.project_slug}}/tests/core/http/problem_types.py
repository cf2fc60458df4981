"""The problems that the service may answer with."""

from collections.abc import Iterator

from fastapi.exceptions import RequestValidationError

from app.core.errors import ServiceError
from app.core.http.problems import (
    STATUSES,
    ProblemType,
    RequestRejected,
    problem_type_of,
)


def service_errors() -> set[type[Exception]]:
    """Return the errors that services raise; kinds have no title, and nothing raises them."""
    return {error for error in _derived(ServiceError) if hasattr(error, "title")}


def problem_types() -> list[ProblemType]:
    """Return the problems of all errors."""
    errors: set[type[Exception]] = {RequestValidationError}
    errors |= {error for error in STATUSES if hasattr(error, "title")}
    errors |= service_errors() | set(_derived(RequestRejected))
    return sorted(map(problem_type_of, errors), key=lambda found: found.type)


def _derived(error: type[Exception]) -> Iterator[type[Exception]]:
    for derived in error.__subclasses__():
        yield derived
        yield from _derived(derived)
