"""Processes are killed with SIGKILL at random moments: no event is lost, none counts twice."""

import asyncio
import random
import sys
import time
from collections import Counter
from datetime import date

import pytest

from app.container import open_container
from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.core.events.jobs import JobSettings
from app.core.pagination import MAX_PAGE_SIZE
from app.core.settings import Settings
from app.models.user import UserQuery
from app.repositories.interfaces.storage import Storage
from tests.core.jobs import counts, delivered
from tests.emptying import empty
from tests.engine import IMPATIENT, handling
from tests.kills import ROLES, running_group

KILLS = 100

LONGEST_ROUND = 0.4
"""Seconds from one kill to the next."""

PATIENCE = 150
"""Seconds to deliver what is left: servers hold on to what a dead client wrote for a while."""

QUICK = {
    "poll": 0.05,
    "deadline": 0.9,
    "lease": 1,
    "attempts": 100,
    "first_pause": 0.05,
    "longest_pause": 1,
    **IMPATIENT,
}


@pytest.fixture
def settings(
    migrated_database: DatabaseSettings,
    cache_settings: CacheSettings,
    job_settings: JobSettings,
) -> Settings:
    asyncio.run(empty(migrated_database))
    jobs = job_settings.model_copy(update=QUICK)
    return Settings(database=migrated_database, cache=cache_settings, jobs=jobs)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_whoever_is_killed_every_registration_counts_once_and_no_other_does(
    settings: Settings,
) -> None:
    seed = random.randrange(1_000_000)  # noqa: S311
    chance = random.Random(seed)  # noqa: S311

    with running_group(settings) as group:
        group.wait_for_work()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, LONGEST_ROUND))
            group.kill(chance.randrange(len(ROLES)))

    registered, counted, dead = asyncio.run(_outcome(settings))
    sys.stdout.write(f"seed {seed}, {registered.total()} registered\n")
    assert registered
    assert set(registered.values()) == {1}
    assert counted == registered
    assert dead == 0


async def _outcome(settings: Settings) -> tuple[Counter[date], Counter[date], int]:
    """Deliver what is left; return registrations and counts by day, and dead letters."""
    async with open_container(settings) as container, handling(container):
        storage = container.storage
        await delivered(storage, patience=PATIENCE)
        backlog = await storage.outbox.backlog()
        counted = Counter(await counts(storage))
        return await _registered(storage), counted, backlog.dead


async def _registered(storage: Storage) -> Counter[date]:
    days: Counter[date] = Counter()
    query = UserQuery(size=MAX_PAGE_SIZE)
    while True:
        page = await storage.users.list(query)
        days.update(user.created_at.date() for user in page.items)
        if page.next is None:
            return days
        query = UserQuery(size=MAX_PAGE_SIZE, after=page.next)
