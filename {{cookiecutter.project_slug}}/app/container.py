"""The composition root: where interfaces meet the implementations that were chosen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    aclosing,
    asynccontextmanager,
)
from dataclasses import dataclass

from app.core.cache.backend import open_cache
from app.core.cache.base import Cache, Lifetimes
from app.core.cleanup import Purge
from app.core.clock import Clock, SystemClock
from app.core.database.settings import DatabaseSettings
from app.core.events.handlers import Handlers
from app.core.events.jobs import broker_checks
from app.core.idempotency.executor import purge_idempotency_records
from app.core.observability.health import Dependency, HealthService
from app.core.observability.metrics_collector import Monitor
from app.core.settings import Settings
from app.models.events import UserRegistered
from app.models.statistics import UserStatistics
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage, UnitOfWork
#% if cookiecutter.auth != "none"
from app.services.auth import Auth, open_auth
#% endif
#% if cookiecutter.auth == "jwt"
from app.services.known_networks import purge_known_networks
#% endif
from app.services.registration_counts import CountRegistrations
from app.services.statistics import StatisticsService

StorageOpener = Callable[[DatabaseSettings], AbstractAsyncContextManager[Storage]]
"""Opens storage as set, and closes it on leaving."""

REPLICA_SECONDS = 1
"""The longest that is kept what a replica says: it may have been old when it was read."""


@dataclass(frozen=True, slots=True)
class Container:
    """What lives as long as the process: made once, shared by all requests."""

    settings: Settings
    clock: Clock
    storage: Storage
    cache: Cache
    health: HealthService
    statistics: StatisticsService
#% if cookiecutter.auth != "none"
    auth: Auth
#% endif

    def handlers(self) -> Handlers[UnitOfWork]:
        """Return who hears of which events."""
        return {UserRegistered.NAME: [CountRegistrations()]}

    def purges(self) -> Sequence[Purge[UnitOfWork]]:
        """Return the deletions that housekeeping repeats."""
        return [
            purge_idempotency_records,
#% if cookiecutter.auth == "jwt"
            purge_known_networks,
#% endif
        ]


@asynccontextmanager
async def open_container(
    settings: Settings,
    opener: StorageOpener = open_storage,
    clock: Clock | None = None,
) -> AsyncIterator[Container]:
    """Open everything the service needs, and close it on leaving, last opened first."""
    kept = settings.cache
    clock = clock or SystemClock()
    async with (
        opener(settings.database) as storage,
        open_cache(kept) as cache,
#% if cookiecutter.auth != "none"
        open_auth(settings, storage, cache, clock) as auth,
#% endif
        AsyncExitStack() as stack,
    ):
        lifetimes = Lifetimes(kept.user_lifetime, kept.absent_lifetime)
        if settings.database.reads_may_lag:
            lifetimes = lifetimes.at_most(REPLICA_SECONDS)
        optional = {**cache.checks(), **broker_checks(settings.jobs)}
#% if cookiecutter.auth == "oidc"
        optional |= auth.checks
#% endif
        dependencies = [
            *(Dependency(*check) for check in storage.checks().items()),
            *(Dependency(*check, required=False) for check in optional.items()),
        ]
        if kept.user_lifetime:
            storage.entities.enable(cache, lifetimes)
            stack.push_async_callback(storage.entities.close)
        statistics = cache.region(
            "user_statistics",
            UserStatistics,
            Lifetimes(kept.statistics_lifetime),
        )
        health = HealthService(
            dependencies,
            deadline=settings.http.readiness_deadline,
            freshness=settings.http.readiness_freshness,
        )
        async with aclosing(health):
            yield Container(
                settings=settings,
                clock=clock,
                storage=storage,
                cache=cache,
                health=health,
                statistics=StatisticsService(
                    storage.users,
                    storage.registrations,
                    statistics,
                    clock,
                ),
#% if cookiecutter.auth != "none"
                auth=auth,
#% endif
            )


@asynccontextmanager
async def monitored(container: Container) -> AsyncIterator[None]:
    """Keep metrics current that nobody else sets, while the body runs."""
    monitor = Monitor(
        health=container.health,
        pool_usage=container.storage.pool_usage,
        interval=container.settings.ops.interval,
    )
    running = asyncio.create_task(monitor.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])
