"""Migrations that can't do their work say so in a line."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from alembic.util import CommandError

from app.core.database.settings import DatabaseSettings
from app.repositories.database import open_storage
from migrations import database as migrations_database
from migrations.__main__ import main
from migrations.commands import check, downgrade, upgrade
from migrations.database import exclusive_connection
from tests.database import drop, on_port, temporary_database
from tests.environment import environment_of
from tests.production import PRODUCTION

NOBODY_LISTENS_HERE = 1

Run = Callable[..., str]
"""Returns the line on which a command stopped, which is empty if it did its work."""


@pytest.fixture
def new_database() -> Iterator[DatabaseSettings]:
    """A database on which nothing was ever run."""
    with temporary_database() as settings:
        yield settings


@pytest.fixture
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for one second."""
    monkeypatch.setattr(migrations_database, "LOCK_WAIT_SECONDS", 1)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `python -m migrations COMMAND`, but for the new process."""

    def run(database: DatabaseSettings, command: str, **environment: str) -> str:
        for name, value in (environment_of(database) | environment).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["migrations", command])
        try:
            main()
        except SystemExit as stopped:
            return str(stopped.code)
        return ""

    return run


def _as_somebody_else(database: DatabaseSettings) -> DatabaseSettings:
    parts = urlsplit(str(database.url.get_secret_value()))
    host = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=f"nobody:hunter2@{host}").geturl()
    return DatabaseSettings.model_validate({**dict(database), "url": url})


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_server_that_is_down_is_one_line(
    migrated_database: DatabaseSettings,
    run: Run,
    command: str,
) -> None:
    line = run(on_port(migrated_database, NOBODY_LISTENS_HERE), command)

    assert len(line.splitlines()) == 1
    assert line.startswith("The database can't be used: ")
    assert line.endswith("Is DATABASE__URL right?")


def test_credentials_that_are_refused_are_one_line(
    migrated_database: DatabaseSettings,
    run: Run,
) -> None:
    line = run(_as_somebody_else(migrated_database), "upgrade")

    assert len(line.splitlines()) == 1
    assert line.startswith("The database can't be used: ")
    assert "nobody" in line
    assert "hunter2" not in line


@pytest.fixture
def missing_database(
    new_database: DatabaseSettings,
) -> DatabaseSettings:
    """A database that was dropped."""
    drop(new_database)
    return new_database


def test_while_developing_a_missing_database_is_created(
    missing_database: DatabaseSettings,
    run: Run,
) -> None:
    assert run(missing_database, "upgrade") == ""
    check(missing_database)


def test_in_production_a_missing_database_is_one_line(
    missing_database: DatabaseSettings,
    run: Run,
) -> None:
    line = run(missing_database, "upgrade", **PRODUCTION)

    assert len(line.splitlines()) == 1
    assert missing_database.name in line


async def test_another_migration_is_not_waited_for_without_end(
    new_database: DatabaseSettings,
    short_patience: None,
) -> None:
    async with exclusive_connection(new_database):
        with pytest.raises(CommandError, match="Another process has been migrating"):
            await asyncio.to_thread(upgrade, new_database)

    await asyncio.to_thread(upgrade, new_database)
    await asyncio.to_thread(check, new_database)


async def test_a_locked_table_is_not_waited_for_without_end(
    new_database: DatabaseSettings,
    short_patience: None,
) -> None:
    await asyncio.to_thread(upgrade, new_database)
    async with open_storage(new_database) as storage, storage.unit_of_work() as work:
        await work.users.get(uuid4())
        with pytest.raises(CommandError, match="kept a table locked"):
            await asyncio.to_thread(downgrade, new_database, "base")

    await asyncio.to_thread(downgrade, new_database, "base")
