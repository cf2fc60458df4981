"""What handles events while tests of the whole service run."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    contextmanager,
)

from app.container import Container
from app.core.events.jobs import JobSettings
from app.core.events.runner import open_jobs
from app.core.events.worker import Worker
from tests.redis_server import redis_url, temporary_prefix

JOBS_IN_PRODUCTION = {"JOBS__REDIS_URL": "rediss://broker.example.com:6379/0"}
"""What has to be set of them."""

IMPATIENT = {"republish": 1}
"""Settings of those who will not wait, besides those that all have."""


@contextmanager
def shared_jobs() -> Iterator[Mapping[str, str]]:
    """Yield variables for the jobs of tests that are about something else."""
    with temporary_prefix() as prefix:
        yield {"JOBS__REDIS_URL": redis_url(), "JOBS__STREAM": f"{prefix}:events"}


@contextmanager
def temporary_jobs() -> Iterator[JobSettings]:
    """Yield settings for jobs that only one test runs, and leave nothing of them behind."""
    with temporary_prefix() as prefix:
        yield JobSettings.model_validate(
            {"redis_url": redis_url(), "stream": f"{prefix}:events"},
        )


def jobs_of(container: Container) -> AbstractAsyncContextManager[None]:
    """Return what delivers the events of a container, as `open_jobs` does."""
    return open_jobs(
        container.storage,
        container.handlers(),
        container.clock,
        container.settings.jobs,
    )


@asynccontextmanager
async def working(container: Container) -> AsyncIterator[None]:
    """Run a worker while the body runs."""
    stopping = asyncio.Event()
    worker = Worker(
        container.storage,
        container.handlers(),
        container.clock,
        container.settings.jobs,
    )
    task = asyncio.create_task(worker.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


@asynccontextmanager
async def handling(container: Container) -> AsyncIterator[None]:
    """Do all that happens to events while the body runs."""
    async with jobs_of(container), working(container):
        yield


WORKERS = (working, working)
"""What has to run in processes of its own for events to be handled."""
