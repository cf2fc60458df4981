"""Version 1 of the interface: every resource, and the errors that all of them share."""

from fastapi import APIRouter, Depends

from app.api.dependencies.caller import require_scope_for_users
from app.api.errors import COMMON_ERRORS
from app.api.problem_responses import problems
from app.api.refusals import REFUSALS
from app.api.routes import auth, registration, users

router = APIRouter(prefix="/api/v1", responses=problems(*COMMON_ERRORS))
router.include_router(auth.router)
router.include_router(registration.router)
router.include_router(
    users.router,
    dependencies=[Depends(require_scope_for_users)],
    responses=problems(*REFUSALS),
)
