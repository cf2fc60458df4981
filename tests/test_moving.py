"""A service that outgrew SQLite takes its data to PostgreSQL, as its guide to scaling says."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from service_template.matrix.combinations import Choices
from service_template.matrix.service import Service, last_line
from tests.conftest import MakeService

SQLITE: Choices = ("sqlite", "redis", "jwt", "embedded")
POSTGRESQL: Choices = ("postgresql", "redis", "jwt", "taskiq")

ROWS = 1001  # more than are sent together

# What a team has added on both sides.
OWN_TABLE = """

from sqlalchemy import ForeignKey, Text
from app.core.database.types import Identifier

notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", Identifier, ForeignKey("users.id"), nullable=False),
    Column("text", Text),
)
"""
OWN_MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), sa.ForeignKey("users.id"), nullable=False),
        sa.Column("text", sa.Text()),
    )
"""

# Run by the Python of the service on SQLite: fills every table of its file.
FILL = """
import json, os, sys
sys.path.insert(0, os.getcwd())
from datetime import UTC, date, datetime
from uuid import UUID
from sqlalchemy import Boolean, Date, Integer, LargeBinary, Uuid, create_engine, insert
from app.repositories.database import metadata
from app.core.database.types import Moment

def value(column, number):
    if column.nullable and number % 2:
        return None
    if isinstance(column.type, Moment):
        return datetime(2026, 1, 1, 12, 0, 0, number, tzinfo=UTC)
    if isinstance(column.type, Uuid):
        return UUID(int=number)
    if isinstance(column.type, Date):
        return date.fromordinal(738_000 + number)
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, Integer):
        return number
    if isinstance(column.type, LargeBinary):
        return number.to_bytes(32)
    return f"Zoë 🦊 {number}"

kept = {}
with create_engine("sqlite:///data/service.db").begin() as connection:
    for table in metadata.sorted_tables:
        numbers = range(1, int(sys.argv[1]) + 1)
        rows = [{c.name: value(c, number) for c in table.columns} for number in numbers]
        connection.execute(insert(table), rows)
        kept[table.name] = sorted(str(dict(row)) for row in rows)
print(json.dumps(kept))
"""

# Run by the Python of the service on PostgreSQL: lets a command fill a database of its own.
RECEIVE = """
import asyncio, json, os, subprocess, sys
sys.path.insert(0, os.getcwd())
from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import create_async_engine
from app.repositories.database import metadata
from app.repositories.database.registration_counts import notes
from migrations.commands import upgrade
from tests.database import temporary_database

def look(connection):
    there = set(inspect(connection).get_table_names())
    rows = {
        table.name: sorted(str(dict(row)) for row in connection.execute(select(table)).mappings())
        for table in metadata.sorted_tables if table.name in there
    }
    if not rows.get("notes"):
        return rows, None
    note = connection.execute(select(notes)).mappings().first()
    added = notes.insert().values(user_id=note["user_id"]).returning(notes.c.id)
    return rows, connection.scalar(added)

async def looked_at(url):
    engine = create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        found = await connection.run_sync(look)
    await engine.dispose()
    return found

revision, times, *command = sys.argv[1:]
with temporary_database() as settings:
    url = settings.url.get_secret_value().unicode_string()
    upgrade(settings, revision)
    for _ in range(int(times)):
        variables = {**os.environ, "TARGET_DATABASE_URL": url}
        done = subprocess.run(command, env=variables, capture_output=True, text=True)
    said = (done.returncode, done.stdout, done.stderr)
    print(json.dumps([*said, *asyncio.run(looked_at(url))]))
"""

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Moved:
    """What a move said, and what the target held afterwards."""

    status: int
    output: str
    complaint: str
    rows: Rows
    next_note: int | None


@dataclass(frozen=True)
class Move:
    """A service with a file full of data, and one on PostgreSQL that it may go to."""

    source: Service
    target: Service
    rows: Rows

    def __call__(self, revision: str = "head", times: int = 1) -> Moved:
        """Do what the guide says, so often; the target is at a revision."""
        command = f"cd {self.source.path} && exec {command_of_guide(self.source)}"
        arguments = (revision, str(times), "bash", "-c", command)
        done = self.target.tool("python", "-c", RECEIVE, *arguments)
        assert done.returncode == 0, done.stderr
        return Moved(*json.loads(last_line(done.stdout)))

    def change(self, statement: str) -> None:
        """Change what is in the file."""
        script = "import sqlite3, sys\nwith sqlite3.connect('data/service.db') as file:\n"
        script += "    file.execute(sys.argv[1])"
        assert self.source.tool("python", "-c", script, statement).returncode == 0


def command_of_guide(service: Service) -> str:
    """Return the command, but for the address: that comes from the environment here."""
    guide = service.read("docs/scaling.md")
    found = re.search(r"\$ TARGET_DATABASE_URL=\S+ (.+to_postgresql)$", guide, re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def prepared(make_service: MakeService, tmp_path_factory: pytest.TempPathFactory) -> Move:
    folder = tmp_path_factory.mktemp("moving")
    source = make_service(SQLITE).copy_to(folder / "source")
    target = make_service(POSTGRESQL).copy_to(folder / "target")
    for service in (source, target):
        module = service.path / "app/repositories/database/registration_counts.py"
        module.write_text(module.read_text(encoding="utf-8") + OWN_TABLE, encoding="utf-8")
        migration = service.path / "migrations/versions/0006_notes.py"
        migration.write_text(OWN_MIGRATION, encoding="utf-8")
    migrated = source.tool("python", "-m", "migrations", "upgrade")
    assert migrated.returncode == 0, migrated.stderr
    filled = source.tool("python", "-c", FILL, str(ROWS))
    assert filled.returncode == 0, filled.stderr
    return Move(source, target, json.loads(filled.stdout))


@pytest.fixture
def move(prepared: Move, tmp_path: Path) -> Move:
    """A move from a copy of the service, which a test may change."""
    return Move(prepared.source.copy_to(tmp_path), prepared.target, prepared.rows)


def test_every_row_arrives_as_it_was(move: Move) -> None:
    moved = move()

    assert (moved.status, moved.complaint) == (0, "")
    assert moved.rows == move.rows
    assert set(moved.output.splitlines()) == {f"{table}: {ROWS}" for table in move.rows}
    assert moved.next_note == ROWS + 1


def test_a_target_that_has_rows_is_left_alone(move: Move) -> None:
    moved = move(times=2)

    assert (moved.status, moved.output) == (1, "")
    assert "has rows in the target already: empty it." in moved.complaint
    assert moved.rows == move.rows


def test_a_target_without_the_tables_is_refused(move: Move) -> None:
    moved = move("0005")

    assert (moved.status, moved.output) == (1, "")
    expected = "The target has no table notes: run `make migrate` there first.\n"
    assert moved.complaint == expected


def test_a_file_at_another_migration_is_refused(move: Move) -> None:
    move.change("UPDATE alembic_version SET version_num = '0005'")

    moved = move()

    assert (moved.status, moved.output) == (1, "")
    assert moved.complaint == (
        "This file is at migration 0005, the target at 0006: "
        "run `make migrate` on both sides first.\n"
    )
    assert not any(moved.rows.values())


def test_a_row_that_postgresql_refuses_keeps_all_others_back(move: Move) -> None:
    move.change("UPDATE notes SET text = 'a zero: ' || char(0) WHERE id = 1000")

    moved = move()

    assert (moved.status, moved.output) == (1, "")
    assert moved.complaint.startswith("Nothing was carried over: ")
    assert len(moved.complaint.splitlines()) == 1
    assert not any(moved.rows.values())


@pytest.mark.parametrize("address", ["", "nonsense", "mysql://root@localhost/test"])
def test_an_address_that_is_none_is_refused(make_service: MakeService, address: str) -> None:
    said = carried(make_service(SQLITE), address)

    assert said == (1, "Set TARGET_DATABASE_URL to postgresql://user:password@host/database.\n")


def test_a_file_that_is_not_there_is_named(make_service: MakeService) -> None:
    said = carried(make_service(SQLITE), "postgresql://localhost/orders")

    assert said == (1, "There is no file data/service.db: is DATABASE__URL right?\n")


def test_a_driver_that_is_missing_is_named(move: Move) -> None:
    said = carried(move.source, "postgresql://localhost/orders")

    assert said == (1, "asyncpg is missing: run this with `uv run --with asyncpg`.\n")


def carried(service: Service, address: str) -> tuple[int, str]:
    """Carry data over in the service's own environment; return the status and what was said."""
    command = ("-m", "migrations.to_postgresql")
    done = service.tool("python", *command, TARGET_DATABASE_URL=address)
    return done.returncode, done.stderr
