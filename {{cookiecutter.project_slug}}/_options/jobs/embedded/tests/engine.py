"""What handles events while tests of the whole service run."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
)

from app.container import Container
from app.core.events.jobs import JobSettings
from app.core.events.runner import open_jobs

JOBS_IN_PRODUCTION: Mapping[str, str] = {}
"""Nothing has to be set of them."""

IMPATIENT: Mapping[str, float] = {}
"""Settings of those who will not wait, besides those that all have."""

WORKERS: Sequence[Callable[[Container], AbstractAsyncContextManager[None]]] = ()
"""What has to run in processes of its own for events to be handled."""


@contextmanager
def shared_jobs() -> Iterator[Mapping[str, str]]:
    """Yield variables for the jobs of tests that are about something else."""
    yield {}


@contextmanager
def temporary_jobs() -> Iterator[JobSettings]:
    """Yield settings for jobs that only one test runs."""
    yield JobSettings()


def jobs_of(container: Container) -> AbstractAsyncContextManager[None]:
    """Return what delivers the events of a container, as `open_jobs` does."""
    return open_jobs(
        container.storage,
        container.handlers(),
        container.clock,
        container.settings.jobs,
    )


@asynccontextmanager
async def handling(container: Container) -> AsyncIterator[None]:
    """Do all that happens to events while the body runs."""
    async with jobs_of(container):
        yield
