"""What probes are told."""

from typing import Literal, Self

from pydantic import BaseModel, Field

from app.core.observability.health import Finding, Report


class DependencyHealth(BaseModel):
    """How a dependency was when it was last asked."""

    status: Literal["up", "down"]
    required: bool = Field(description="Whether the service needs it to do its work.")
    age_seconds: float = Field(description="How long ago it was asked.")
    reason: str | None = Field(
        default=None,
        description="The kind of failure; the log has the rest.",
    )

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Return a finding as it is shown."""
        return cls(
            status="up" if finding.is_up else "down",
            required=finding.dependency.required,
            age_seconds=round(finding.age, 3),
            reason=finding.reason,
        )


Checks = dict[str, DependencyHealth]


def checks_of(report: Report) -> Checks:
    """Return all findings by the names of their dependencies."""
    findings = {found.dependency.name: found for found in report.findings}
    return {name: DependencyHealth.of(found) for name, found in findings.items()}


class Liveness(BaseModel):
    """The process can answer."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """The service can do its work: as it should, or without something that it can do without."""

    status: Literal["ok", "degraded"]
    checks: Checks

    @classmethod
    def of(cls, report: Report) -> Self:
        """Return a report in which nothing is missing."""
        status: Literal["ok", "degraded"] = "ok" if report.is_flawless else "degraded"
        return cls(status=status, checks=checks_of(report))
