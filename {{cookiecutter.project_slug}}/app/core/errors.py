"""Kinds of errors that services raise; `app/core/http/problems.py` knows the status of each kind.

What can happen to anything that is kept has its errors here: `NotFound("order")`. An error of a
service's own rule derives from the kind that it is, and has a `title` and a `detail`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import structlog

from app.core.database.errors import StorageUnavailable

logger = structlog.get_logger()


class ServiceError(Exception):
    """A service refused or failed; the message is written for the caller.

    - `title` names the kind of problem, `detail` says what happened.
    - `name` is what clients tell problems apart by; by default it is made of the class's name.
    - Most are refusals, which are answers like any other; failures say so.
    """

    is_refusal: ClassVar[bool] = True
    title: str
    detail: str
    name: str

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(self.detail if detail is None else detail)

    def _set_problem(self, name: str, title: str) -> None:
        self.name = name.replace(" ", "-").replace("_", "-")
        self.title = title[0].upper() + title[1:]


class NotFound(ServiceError):
    """There is no such thing: `NotFound("order")`."""

    def __init__(self, entity: str) -> None:
        super().__init__(f"There is no {entity} with this id.")
        self._set_problem(f"{entity}-not-found", f"{entity} not found")


class Conflict(ServiceError):
    """The state of things does not allow it."""


class Deactivated(Conflict):
    """What is deactivated keeps the details it had."""

    def __init__(self, entity: str) -> None:
        super().__init__(f"This {entity} is deactivated and can't be changed.")
        self._set_problem(f"{entity}-deactivated", f"{entity} deactivated")


class Taken(Conflict):
    """A value of a field that has to be unique belongs to another one."""

    def __init__(self, entity: str, field: str) -> None:
        field = field.replace("_", " ")
        super().__init__(f"Another {entity} has this {field} already.")
        self._set_problem(f"{entity}-{field}-taken", f"{field} taken")


class InvalidReference(Conflict):
    """A foreign key does not allow it; `constraint` is its name, empty where it is not known.

    Stands for a `BrokenReference` of the database that no service has handled.
    """

    title = "Reference not possible"

    def __init__(self, constraint: str = "") -> None:
        named = f" ({constraint})" if constraint else ""
        super().__init__(f"It refers to what is not there, or is referred to{named}.")


class PreconditionFailed(ServiceError):
    """A condition that the caller set does not hold."""


class Rejected(ServiceError):
    """The request can be read, but asks for something impossible."""


class Unknown(Rejected):
    """A field holds the id of something that is not there, or not for the caller to see."""

    def __init__(self, entity: str, field: str, target: str) -> None:
        super().__init__(f"There is no {target} with the id in `{field}`.")
        words = field.removesuffix("_id").replace("_", " ")
        self._set_problem(f"{entity}-{words}-unknown", f"{words} unknown")


class _Challenging(ServiceError):
    """Says which credentials are needed.

    `challenge` is the value of `WWW-Authenticate`, None for an answer without this header;
    the API's document describes it with `challenge_help` and `challenge_example`.

    Source: RFC 9110, section 11.6.1.
    """

    challenge: str | None = None
    challenge_help: ClassVar[str] = "Which scheme other endpoints use."
    challenge_example: ClassVar[str | None] = None


class Unauthenticated(_Challenging):
    """The caller did not prove who they are. Every 401 names a scheme."""

    challenge = "Bearer"
    challenge_example = "Bearer"


class PermissionDenied(_Challenging):
    """The caller is known and may not do this."""


class RateLimited(ServiceError):
    """Too many attempts were made; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__()


class Unavailable(ServiceError):
    """It can't be done right now; trying later may help."""

    is_refusal = False


class ConcurrentChange(Conflict):
    """Somebody else changed the same thing in the meantime; nothing was written."""

    title = "Changed by somebody else"
    detail = "This was changed by somebody else meanwhile: read it again."


class StaleVersion(PreconditionFailed):
    """The change was made for a version that is not the current one; nothing was written."""

    title = "Not the current version"
    detail = "This is not the current version any more: read it again."


class IdempotencyKeyReused(Rejected):
    """The key of an earlier request came with another one; nothing was done."""

    title = "Key used for another request"
    detail = "This key was used for another request: make a new one."


class DependencyUnavailable(Unavailable):
    """Something that this service depends on does not answer."""

    title = "Not available right now"

    def __init__(self, *dependencies: str) -> None:
        self.dependencies = dependencies
        super().__init__(f"Not available right now: {', '.join(dependencies)}.")


def unavailable(
    error: StorageUnavailable,
    event: str,
    **about: str,
) -> DependencyUnavailable:
    """Log that storage does not answer, and return what callers are told."""
    logger.warning(event, reason=str(error), **about)
    return DependencyUnavailable("database")


@asynccontextmanager
async def translate_storage_errors(
    event: str = "storage_unavailable",
    **about: str,
) -> AsyncIterator[None]:
    """Raise `DependencyUnavailable` if storage does not answer; also a decorator.

    The failure is logged as `event`, with what it was `about`.

    Raises:
        DependencyUnavailable: the body raised `StorageUnavailable`.
    """
    try:
        yield
    except StorageUnavailable as error:
        raise unavailable(error, event, **about) from error
