"""Probes for whatever runs this service.

Source: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response

from app.core.errors import DependencyUnavailable
from app.core.http.health_schemas import Liveness, Readiness, checks_of
from app.core.http.problem_responses import problems
from app.core.http.problems import problem_response, problem_type_of
from app.core.observability.health import HealthService, Report

router = APIRouter(tags=["health"])


async def get_health_service(request: Request) -> HealthService:
    """Return the service that asks every dependency of this process."""
    return cast("HealthService", request.app.state.health)


HealthServiceDep = Annotated[HealthService, Depends(get_health_service)]


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
        problem_type_of(DependencyUnavailable),
        str(DependencyUnavailable(*report.missing)),
        dependencies=report.missing,
        checks=checks_of(report),
    )
