"""Version 1 of the interface: every resource, and the errors that all of them share."""

from fastapi import FastAPI

from app.api.routes import registration, users
from app.core.http.problem_responses import problems
from app.core.http.problems import COMMON_ERRORS
from app.core.security.errors import ACCESS_ERRORS

PREFIX = "/api/v1"


def add_version_1(app: FastAPI) -> None:
    """Include every resource, the one that is asked most first.

    They have no router of their own around them: FastAPI looks for the route of a request
    once more for each router that it lies in.
    """
    for resource in (users, registration):
        app.include_router(
            resource.router,
            prefix=PREFIX,
            responses=problems(*ACCESS_ERRORS, *COMMON_ERRORS),
        )
