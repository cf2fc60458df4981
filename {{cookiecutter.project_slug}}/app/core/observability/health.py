"""Whether the service can do its work."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass

import structlog

from app.core.observability.health_checks import Check
from app.core.observability.instrumentation import measured
from app.core.observability.metrics import (
    DEPENDENCY_CHECK_SECONDS,
    DEPENDENCY_CHECKED,
    DEPENDENCY_UP,
)

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Dependency:
    """Something that this service uses; without what is not `required`, it is only slower."""

    name: str
    check: Check
    required: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """How a dependency was when it was last asked.

    `reason` is the kind of failure, None if there was none. What exactly went wrong is for
    the log: it may name addresses and users.
    """

    dependency: Dependency
    reason: str | None
    checked_at: float

    @property
    def is_up(self) -> bool:
        """Whether it answered."""
        return self.reason is None

    @property
    def age(self) -> float:
        """Seconds since it was asked."""
        return time.monotonic() - self.checked_at


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of all dependencies, in their order."""

    findings: Sequence[Finding]

    @property
    def is_flawless(self) -> bool:
        """Whether everything answers."""
        return all(finding.is_up for finding in self.findings)

    @property
    def missing(self) -> Sequence[str]:
        """The names of what does not answer and is required."""
        down = (found.dependency for found in self.findings if not found.is_up)
        return [dependency.name for dependency in down if dependency.required]


@measured("service")
class HealthService:
    """Asks every dependency whether it answers, each within a deadline of its own.

    However many ask this service, it asks a dependency once at a time, and not again until
    `freshness` is over. Both are in seconds. Only changes are logged.
    """

    def __init__(
        self,
        dependencies: Iterable[Dependency],
        *,
        deadline: float,
        freshness: float,
    ) -> None:
        self._watches = [_Watch(each, deadline, freshness) for each in dependencies]

    async def examine(self) -> Report:
        """Return how every dependency is, or was a moment ago."""
        findings = await asyncio.gather(*(watch.find() for watch in self._watches))
        return Report(findings)

    async def aclose(self) -> None:
        """Ask no more: what is being asked is about to be closed."""
        for watch in self._watches:
            await watch.stop()


class _Watch:
    """One dependency, and who is asking it or was the last to."""

    def __init__(
        self,
        dependency: Dependency,
        deadline: float,
        freshness: float,
    ) -> None:
        self._dependency = dependency
        self._deadline = deadline
        self._freshness = freshness
        self._asking: asyncio.Task[Finding] | None = None
        self._was_up = True

    async def find(self) -> Finding:
        """Return what was found when it was last asked, if that is fresh; else ask it."""
        asking = self._asking
        if asking is None or self._is_over(asking):
            # A context of its own: nobody's deadline and trace, for it works for all.
            asking = asyncio.create_task(self._ask(), context=Context())
            self._asking = asking
        return await asyncio.shield(asking)

    async def stop(self) -> None:
        """Ask no more, even if nobody waits for the answer."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])

    def _is_over(self, asking: asyncio.Task[Finding]) -> bool:
        return asking.done() and asking.result().age >= self._freshness

    async def _ask(self) -> Finding:
        name = self._dependency.name
        with DEPENDENCY_CHECK_SECONDS.labels(name).time():
            reason = await self._reason_for_failure()
        DEPENDENCY_UP.labels(name).set(reason is None)
        DEPENDENCY_CHECKED.labels(name).set_to_current_time()
        if reason is None and not self._was_up:
            logger.info("dependency_up", dependency=name)
        self._was_up = reason is None
        return Finding(self._dependency, reason, checked_at=time.monotonic())

    async def _reason_for_failure(self) -> str | None:
        try:
            async with asyncio.timeout(self._deadline):
                await self._dependency.check()
        except Exception as error:
            if self._was_up:
                name = self._dependency.name
                logger.warning("dependency_down", dependency=name, error=repr(error))
            if isinstance(error, TimeoutError):
                return f"no answer within {self._deadline:g} s"
            return type(error).__name__
        return None
