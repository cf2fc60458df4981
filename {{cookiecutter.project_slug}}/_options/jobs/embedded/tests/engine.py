"""What handles events while tests of the whole service run."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from app.container import Container
from app.core.jobs import JobSettings
from app.jobs.engine import open_jobs

UNLESS_TESTED: Mapping[str, str] = {}
"""Settings for tests that are about something else."""


@contextmanager
def temporary_jobs() -> Iterator[JobSettings]:
    """Yield settings for jobs that only one test runs."""
    yield JobSettings()


@asynccontextmanager
async def handling(container: Container) -> AsyncIterator[None]:
    """Do all that happens to events while the body runs."""
    async with open_jobs(container):
        yield
