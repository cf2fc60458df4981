"""Migrations."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any
from uuid import uuid4

import pytest
from pymongo import IndexModel

from app.core.database.settings import DatabaseSettings
from migrations.commands import check, check_heads, downgrade, upgrade
from migrations.database import open_database
from migrations.errors import MigrationError
from migrations.history import History
from migrations.lock import LEASE_SECONDS, Lease, exclusive
from migrations.operations import Database, drop_index, put_collection, put_index
from migrations.steps import Step, all_steps, write_step
from tests.database import temporary_database
from tests.environment import environment_of

PROJECT = Path(__file__).parents[2]

HOLD_THE_LOCK = """
import asyncio
from app.core.settings import Settings
from migrations.database import open_database
from migrations.lock import exclusive

async def hold():
    async with open_database(Settings().database) as database:
        async with exclusive(database, lease_seconds=0.5):
            print("held", flush=True)
            await asyncio.Event().wait()

asyncio.run(hold())
"""


@pytest.fixture
def new_database() -> Iterator[DatabaseSettings]:
    """A database on which nothing was ever run."""
    with temporary_database() as settings:
        yield settings


@pytest.fixture
async def database(new_database: DatabaseSettings) -> AsyncIterator[Database]:
    """The same, opened."""
    async with open_database(new_database) as database:
        yield database


def _start(
    settings: DatabaseSettings,
    *arguments: str,
    cwd: Path = PROJECT,
) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment_of(settings)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def _indexes(database: Database, collection: str) -> dict[str, Any]:
    return dict(await database[collection].index_information())


def test_every_step_goes_up_and_down_and_up_again(
    new_database: DatabaseSettings,
) -> None:
    for step in all_steps():
        upgrade(new_database, step.revision)
        downgrade(new_database, "-1")
        upgrade(new_database, step.revision)

    downgrade(new_database, "base")
    upgrade(new_database)
    check(new_database)


async def test_going_down_leaves_no_collection_of_the_service(
    new_database: DatabaseSettings,
    database: Database,
) -> None:
    await asyncio.to_thread(upgrade, new_database)
    assert "users" in await database.list_collection_names()

    await asyncio.to_thread(downgrade, new_database, "base")

    assert "users" not in await database.list_collection_names()


async def test_each_step_can_be_run_again(database: Database) -> None:
    for step in all_steps():
        await step.upgrade(database)
        await step.upgrade(database)
    for step in reversed(all_steps()):
        await step.downgrade(database)
        await step.downgrade(database)


async def test_a_step_that_failed_half_way_is_run_again_from_its_start(
    database: Database,
) -> None:
    ready = False

    async def change(database: Database) -> None:
        await put_collection(database, "orders", {"bsonType": "object"})
        await put_index(database, "orders", IndexModel("number", name="by_number"))
        if not ready:
            await database.command("noSuchCommand")
        await put_index(database, "orders", IndexModel("day", name="by_day"))

    history = History(database, (Step("0001", change, change),))

    with pytest.raises(MigrationError, match="Step 0001 failed"):
        await history.upgrade("head")
    assert [step.revision for step in await history.missing()] == ["0001"]
    ready = True
    await history.upgrade("head")

    assert await history.missing() == []
    assert {"by_number", "by_day"} <= (await _indexes(database, "orders")).keys()


async def test_only_missing_steps_are_run_in_order(database: Database) -> None:
    ran: list[str] = []

    def step(revision: str) -> Step:
        async def note(_database: Database) -> None:
            ran.append(revision)

        return Step(revision, note, note)

    three = (step("0001"), step("0002"), step("0003"))
    await History(database, three[:1]).upgrade("head")
    await History(database, three).upgrade("0002")
    await History(database, three).upgrade("head")
    await History(database, three).downgrade("-2")
    await History(database, three).downgrade("base")

    assert ran == ["0001", "0002", "0003", "0003", "0002", "0001"]


async def test_an_index_that_cannot_be_built_is_named_without_values(
    database: Database,
) -> None:
    async def change(database: Database) -> None:
        unique = IndexModel("email", name="uq_email", unique=True)
        await put_index(database, "people", unique)

    for _ in range(2):
        await database["people"].insert_one({"email": "ada@example.com"})

    with pytest.raises(MigrationError) as caught:
        await History(database, (Step("0001", change, change),)).upgrade("head")

    assert "uq_email" in str(caught.value)
    assert "ada@example.com" not in str(caught.value)


async def test_steps_that_the_code_does_not_have_are_left_alone(
    new_database: DatabaseSettings,
    database: Database,
) -> None:
    await database["migrations"].insert_one({"_id": "9999"})

    with pytest.raises(MigrationError, match="9999"):
        await asyncio.to_thread(upgrade, new_database)

    assert "users" not in await database.list_collection_names()


@pytest.mark.parametrize("revision", ["0999", "-99", "", "latest"])
def test_a_revision_that_does_not_exist_is_refused(
    new_database: DatabaseSettings,
    revision: str,
) -> None:
    upgrade(new_database)

    with pytest.raises(MigrationError):
        downgrade(new_database, revision)

    check(new_database)


def test_a_database_without_steps_is_noticed(new_database: DatabaseSettings) -> None:
    with pytest.raises(MigrationError, match="0001"):
        check(new_database)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"drop": "users"}, "Collection users is missing"),
        (
            {"collMod": "users", "validator": {}},
            "validator of collection users differs",
        ),
        (
            {"collMod": "users", "validationAction": "warn"},
            "validator of collection users differs",
        ),
        (
            {"dropIndexes": "users", "index": "uq_users_email"},
            "Index uq_users_email of collection users is missing",
        ),
        (
            {"createIndexes": "users", "indexes": [{"key": {"name": 1}, "name": "by"}]},
            "Index by of collection users is not in the code",
        ),
        (
            {
                "collMod": "users",
                "index": {"name": "ix_users_created_at_id", "hidden": True},
            },
            "Index ix_users_created_at_id of collection users differs",
        ),
    ],
)
async def test_a_database_that_was_changed_by_hand_is_noticed(
    new_database: DatabaseSettings,
    database: Database,
    change: dict[str, Any],
    difference: str,
) -> None:
    await asyncio.to_thread(upgrade, new_database)

    await database.command(change)

    with pytest.raises(MigrationError, match=difference):
        await asyncio.to_thread(check, new_database)


async def test_dropping_what_is_not_there_does_no_harm(database: Database) -> None:
    await drop_index(database, "nowhere", "nothing")
    await put_collection(database, "somewhere", {"bsonType": "object"})

    await drop_index(database, "somewhere", "nothing")

    assert (await _indexes(database, "somewhere")).keys() == {"_id_"}


async def test_a_schema_can_be_replaced(database: Database) -> None:
    await put_collection(database, "orders", {"required": ["number"]})

    await put_collection(database, "orders", {"required": ["day"]})

    assert (await database["orders"].options())["validator"] == {
        "$jsonSchema": {"required": ["day"]},
    }


def test_a_new_step_comes_after_the_last_one(tmp_path: Path) -> None:
    first = write_step("Add a phone number.", tmp_path)
    second = write_step('Drop "it"\n\\ again', tmp_path)

    assert first.name == "0001_add_a_phone_number.py"
    assert second.name == "0002_drop_it_again.py"
    assert [step.revision for step in all_steps(tmp_path)] == ["0001", "0002"]


async def test_a_new_step_stands_behind_the_others_and_can_be_run_as_it_is(
    new_database: DatabaseSettings,
    database: Database,
    tmp_path: Path,
) -> None:
    for package in ["app", "migrations"]:
        copytree(PROJECT / package, tmp_path / package)
    command = ["-m", "migrations", "revision", "Add orders"]

    process = _start(new_database, *command, cwd=tmp_path)
    _, errors = await asyncio.to_thread(process.communicate)

    steps = all_steps(tmp_path / "migrations" / "versions")
    assert process.returncode == 0, errors
    assert len(steps) == len(all_steps()) + 1
    await History(database, steps).upgrade("head")
    await History(database, steps).downgrade("-1")


@pytest.mark.parametrize("message", ["phone", 'a "b"', "a \\ b", "x" * 200, "Ä-ö", "'"])
def test_new_step_is_formatted(tmp_path: Path, message: str) -> None:
    path = write_step(message, tmp_path)

    ruff = [sys.executable, "-m", "ruff", "format", "--check", str(path)]
    subprocess.run(ruff, cwd=PROJECT, check=True)  # noqa: S603 - our own tool


def test_two_steps_of_one_number_are_refused(tmp_path: Path) -> None:
    path = write_step("one", tmp_path)
    path.with_name("0001_other.py").write_text(path.read_text())

    with pytest.raises(MigrationError) as refused:
        all_steps(tmp_path)

    line = str(refused.value)
    assert line.startswith("0001_one.py and 0001_other.py have the same number")
    assert line.endswith("0002 is free.")


def test_steps_of_the_service_have_numbers_of_their_own() -> None:
    check_heads()


def test_a_killed_process_holds_the_lock_for_no_longer_than_its_lease(
    new_database: DatabaseSettings,
) -> None:
    holder = _start(new_database, "-c", HOLD_THE_LOCK)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"

    holder.kill()
    holder.communicate()
    upgrade(new_database)

    check(new_database)


async def test_one_process_at_a_time_holds_the_lock(database: Database) -> None:
    async with exclusive(database):
        with pytest.raises(MigrationError, match="Another process"):
            async with exclusive(database, wait_seconds=0.2):
                pytest.fail("two hold it")

    async with exclusive(database, wait_seconds=0.2):
        assert await database["locks"].count_documents({}) == 1


async def test_take_of_a_lock_from_before_the_clock_was_set_back_succeeds(
    database: Database,
) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    held = {"_id": "migrations", "holder": uuid4(), "expires_at": ahead}
    await database["locks"].insert_one(held)

    assert await Lease(database, LEASE_SECONDS).take()


async def test_the_lock_is_kept_for_longer_than_one_lease(database: Database) -> None:
    async with exclusive(database, lease_seconds=0.3):
        with pytest.raises(MigrationError, match="Another process"):
            async with exclusive(database, wait_seconds=0.7):
                pytest.fail("two hold it")


async def test_who_loses_the_lock_is_stopped(database: Database) -> None:
    with pytest.raises(MigrationError, match="Stopped"):
        async with exclusive(database, lease_seconds=0.4):
            await database["locks"].update_one({}, {"$set": {"holder": "another"}})
            await asyncio.Event().wait()

    assert await database["locks"].count_documents({"holder": "another"}) == 1
