"""How calls end."""

from asyncio import CancelledError
from enum import StrEnum


class Outcome(StrEnum):
    """How a call between layers ended."""

    OK = "ok"
    REFUSED = "refused"
    """It raised an error that is an answer: there is no such user, for example."""
    ERROR = "error"
    CANCELLED = "cancelled"
    """Nobody waited for the answer any more."""


def outcome_of(error: BaseException) -> Outcome:
    """Return how a call ended that raised this.

    An error whose class says `is_refusal = True` is an answer; all others are failures.
    """
    if getattr(error, "is_refusal", False):
        return Outcome.REFUSED
    if isinstance(error, CancelledError):
        return Outcome.CANCELLED
    return Outcome.ERROR
