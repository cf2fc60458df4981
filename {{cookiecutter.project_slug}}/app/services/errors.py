"""What services may refuse or fail to do. Each has its answer in `app/core/http/problems.py`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import structlog

from app.core.database.errors import StorageUnavailable

logger = structlog.get_logger()


class ServiceError(Exception):
    """A service refused or failed; the message is written for the caller.

    Most are refusals, which are answers like any other; failures say so.
    """

    is_refusal: ClassVar[bool] = True


class UserNotFound(ServiceError):
    """There is no user with this id."""

    def __init__(self) -> None:
        super().__init__("There is no user with this id.")


class UserExists(ServiceError):
    """Somebody is registered under this id."""

    def __init__(self) -> None:
        super().__init__("This user is registered already.")


class EmailTaken(ServiceError):
    """The address belongs to another user."""

    def __init__(self) -> None:
        super().__init__("This address is registered already.")


class UserDeactivated(ServiceError):
    """A deactivated user keeps the details it had."""

    def __init__(self) -> None:
        super().__init__("This user is deactivated and can't be changed.")


class ConcurrentChange(ServiceError):
    """Somebody else changed the same thing in the meantime; nothing was written."""

    def __init__(self) -> None:
        super().__init__("This was changed by somebody else meanwhile: read it again.")


class StaleVersion(ServiceError):
    """The change was made for a version that is not the current one; nothing was written."""

    def __init__(self) -> None:
        super().__init__("This is not the current version any more: read it again.")


class IdempotencyKeyReused(ServiceError):
    """The key of an earlier request came with another one; nothing was done."""

    def __init__(self) -> None:
        super().__init__("This key was used for another request: make a new one.")


class DependencyUnavailable(ServiceError):
    """Something that this service depends on does not answer; trying later may help."""

    is_refusal = False

    def __init__(self, *dependencies: str) -> None:
        self.dependencies = dependencies
        super().__init__(f"Not available right now: {', '.join(dependencies)}.")


@asynccontextmanager
async def translate_storage_errors(
    event: str = "storage_unavailable",
    **about: str,
) -> AsyncIterator[None]:
    """Say in the words of services that storage does not answer; also a decorator.

    That is logged as `event`, with what it was `about`.

    Raises:
        DependencyUnavailable: the body raised `StorageUnavailable`.
    """
    try:
        yield
    except StorageUnavailable as error:
        logger.warning(event, reason=str(error), **about)
        raise DependencyUnavailable("database") from error
