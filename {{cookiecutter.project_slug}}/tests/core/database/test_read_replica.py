"""Reads go to one database, writes to another; here they hold different users."""

import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from app.core.cache.backend import CacheSettings
from app.core.database.settings import DatabaseSettings
from app.main import create_app
from app.models.user import User, UserQuery
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage
from migrations.__main__ import main
from migrations.commands import upgrade
from tests.api.clients import open_client, registration, service_settings
from tests.conftest import MakeUser
from tests.database import out_of_reach, temporary_database
from tests.environment import environment_of


@pytest.fixture(scope="module")
def migrated_replica() -> Iterator[DatabaseSettings]:
    """A second database, which has every table and none of the first one's rows."""
    with temporary_database() as settings:
        upgrade(settings)
        yield settings


@pytest.fixture
def split(
    database_settings: DatabaseSettings,
    migrated_replica: DatabaseSettings,
) -> DatabaseSettings:
    """Writes go to the tests' database, reads to the second one."""
    return database_settings.model_copy(update={"read_url": migrated_replica.url})


@pytest.fixture
async def storage(split: DatabaseSettings) -> AsyncIterator[Storage]:
    async with open_storage(split) as storage:
        yield storage


async def _add(settings: DatabaseSettings, user: User) -> None:
    async with open_storage(settings) as storage, storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()


async def _all_in(settings: DatabaseSettings) -> tuple[User, ...]:
    async with open_storage(settings) as storage:
        return (await storage.users.list(UserQuery())).items


async def test_reads_go_to_one_database_and_writes_to_the_other(
    storage: Storage,
    database_settings: DatabaseSettings,
    migrated_replica: DatabaseSettings,
    make_user: MakeUser,
) -> None:
    replicated, new = make_user("replicated@example.com"), make_user("new@example.com")
    await _add(migrated_replica, replicated)

    async with storage.unit_of_work() as work:
        await work.users.add(new)
        await work.commit()

    assert (await storage.users.list(UserQuery())).items == (replicated,)
    assert await storage.users.get(new.id) is None
    assert await _all_in(database_settings) == (new,)
    assert await _all_in(migrated_replica) == (replicated,)


async def test_a_unit_of_work_reads_what_was_written_in_it_and_before_it(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    before, within = make_user("before@example.com"), make_user("within@example.com")
    async with storage.unit_of_work() as work:
        await work.users.add(before)
        await work.commit()

    async with storage.unit_of_work() as work:
        await work.users.add(within)

        assert await work.users.get(before.id) == before
        assert await work.users.get(within.id) == within


async def test_checks_ask_both(storage: Storage) -> None:
    assert list(storage.checks()) == ["database", "database_replica"]

    await storage.ping()


async def test_without_a_replica_the_primary_answers_reads(
    other_storage: Storage,
) -> None:
    assert list(other_storage.checks()) == ["database"]


async def test_a_service_whose_replica_is_gone_writes_and_says_what_it_misses(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> None:
    missing = {"read_url": out_of_reach(database_settings).url, "deadline": 2.0}
    database = database_settings.model_copy(update=missing)
    app = create_app(service_settings(database=database, cache=cache_settings))
    async with open_client(app) as client:
        body = registration("ada@example.com", "Ada")
        written = await client.post("/api/v1/users", json=body)
        read = await client.get(written.headers["location"])
        ready = await client.get("/readyz")

    assert written.status_code == 201
    assert read.status_code == 503
    assert ready.status_code == 503
    assert ready.json()["dependencies"] == ["database_replica"]


def _check(settings: DatabaseSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as `python -m migrations check` does, for one database."""
    for name, value in environment_of(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["migrations", "check"])
    main()


def test_migrations_go_to_the_primary_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_database() as primary, temporary_database() as replica:
        upgrade(primary.model_copy(update={"read_url": replica.url}))

        _check(primary, monkeypatch)
        with pytest.raises(SystemExit):
            _check(replica, monkeypatch)
