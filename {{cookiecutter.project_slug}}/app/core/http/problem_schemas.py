"""Error bodies.

Source: RFC 9457, Problem Details for HTTP APIs.
"""

from pydantic import BaseModel, Field

from app.core.http.health_schemas import Checks

MEDIA_TYPE = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with one part of a request. The value itself is never repeated."""

    location: str = Field(
        description="Where it stands: `body`, `query`, `path` or `header`.",
    )
    pointer: str = Field(
        description="A JSON pointer (RFC 6901) to the part; to its parent if that is too long.",
    )
    detail: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why a request was not answered as hoped."""

    type: str = Field(
        description="A stable name for this kind of problem; branch on this.",
    )
    title: str = Field(description="The kind of problem, for people.")
    status: int = Field(description="The HTTP status code.")
    detail: str = Field(description="What happened this time.")
    instance: str = Field(description="Names this occurrence, by its correlation id.")
    correlation_id: str = Field(description="Quote this when asking for help.")
    errors: list[FieldError] | None = Field(
        default=None,
        description="With a validation problem: the parts that are wrong, 20 at most.",
    )
    dependencies: list[str] | None = Field(
        default=None,
        description="With an unavailable service: what does not answer.",
    )
    checks: Checks | None = Field(
        default=None,
        description="With a service that is not ready: how each dependency is.",
    )
