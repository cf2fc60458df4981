"""Version 1 of the interface: every resource, and the errors that all of them share."""

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError

from app.api.errors import DeadlineExceeded, InternalError, Overloaded
from app.api.openapi import problems
from app.api.routes import registration, users
from app.services.errors import DependencyUnavailable

router = APIRouter(
    prefix="/api/v1",
    responses=problems(
        RequestValidationError,
        DependencyUnavailable,
        DeadlineExceeded,
        Overloaded,
        InternalError,
    ),
)
router.include_router(registration.router)
router.include_router(users.router)
