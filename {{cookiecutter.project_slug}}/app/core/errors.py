"""Kinds of errors that services raise; `app/core/http/problems.py` knows the status of each kind.

An error of a service derives from the kind that it is, and has a `title` and a `detail`.
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
    - Most are refusals, which are answers like any other; failures say so.
    """

    is_refusal: ClassVar[bool] = True
    title: ClassVar[str]
    detail: ClassVar[str]

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(self.detail if detail is None else detail)


class NotFound(ServiceError):
    """There is no such thing."""


class Conflict(ServiceError):
    """The state of things does not allow it."""


class PreconditionFailed(ServiceError):
    """A condition that the caller set does not hold."""


class Rejected(ServiceError):
    """The request can be read, but asks for something impossible."""


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
        logger.warning(event, reason=str(error), **about)
        raise DependencyUnavailable("database") from error
