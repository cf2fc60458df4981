"""Probes for whatever runs this service.

Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from fastapi import APIRouter, Request, Response

from app.core.errors import DependencyUnavailable
from app.core.http.health_dependency import HealthServiceDep
from app.core.http.health_schemas import Liveness, Readiness, checks_of
from app.core.http.problem_responses import problems
from app.core.http.problems import PROBLEMS, problem_response
from app.core.observability.health import Report

router = APIRouter(tags=["health"])


@router.get("/livez", operation_id="check_liveness")
async def check_liveness() -> Liveness:
    """Return at once while the process can answer at all; asks nothing of anybody."""
    return Liveness()


@router.get(
    "/readyz",
    operation_id="check_readiness",
    response_model=Readiness,
    responses=problems(DependencyUnavailable),
)
async def check_readiness(
    service: HealthServiceDep,
    request: Request,
) -> Readiness | Response:
    """Return how every dependency is, if all that are required answer.

    Otherwise the problem names those that don't. Answers are up to
    `HTTP__READINESS_FRESHNESS` seconds old.
    """
    return _answer(request, await service.examine())


def _answer(request: Request, report: Report) -> Readiness | Response:
    if not report.missing:
        return Readiness.of(report)
    return problem_response(
        request,
        PROBLEMS[DependencyUnavailable],
        str(DependencyUnavailable(*report.missing)),
        dependencies=report.missing,
        checks=checks_of(report),
    )
