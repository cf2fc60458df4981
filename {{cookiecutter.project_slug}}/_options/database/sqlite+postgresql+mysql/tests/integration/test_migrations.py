"""Migrations."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copy, copytree

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.core.database import DatabaseSettings
from migrations.commands import ALEMBIC_INI, check, downgrade, upgrade
from tests.database import temporary_database
from tests.environment import environment_of


@pytest.fixture
def new_database() -> Iterator[DatabaseSettings]:
    """A database on which nothing was ever run."""
    with temporary_database() as settings:
        yield settings


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the service, to write steps into."""
    for name in ("alembic.ini", "pyproject.toml"):
        copy(ALEMBIC_INI.with_name(name), tmp_path)
    for package in ("app", "migrations"):
        copytree(ALEMBIC_INI.with_name(package), tmp_path / package)
    return tmp_path


def _run(
    copied: Path,
    settings: DatabaseSettings,
    *arguments: str,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-m", *arguments],
        cwd=copied,
        env={**os.environ, **environment_of(settings)},
        capture_output=True,
        text=True,
        check=False,
    )


def _revisions() -> list[str]:
    """Return all revisions, the first one first."""
    scripts = ScriptDirectory.from_config(Config(ALEMBIC_INI))
    return [script.revision for script in scripts.walk_revisions()][::-1]


def test_every_step_goes_up_and_down_and_up_again(
    new_database: DatabaseSettings,
) -> None:
    for revision in _revisions():
        upgrade(new_database, revision)
        downgrade(new_database, "-1")
        upgrade(new_database, revision)

    downgrade(new_database, "base")
    upgrade(new_database)
    check(new_database)


def test_there_is_one_head() -> None:
    scripts = ScriptDirectory.from_config(Config(ALEMBIC_INI))

    assert len(scripts.get_heads()) == 1


def test_tables_and_steps_that_disagree_are_noticed(
    new_database: DatabaseSettings,
) -> None:
    with pytest.raises(CommandError):
        check(new_database)


@pytest.mark.parametrize("message", ["Drop what nobody reads", 'a "b" \\', "x" * 80])
def test_written_step_is_formatted_and_leads_there_and_back(
    new_database: DatabaseSettings,
    copied: Path,
    message: str,
) -> None:
    upgrade(new_database)
    tables = copied / "app/repositories/database/tables.py"
    text = tables.read_text(encoding="utf-8")
    more = 'Table("extra", metadata, Column("id", Integer, primary_key=True))'
    tables.write_text(
        f"from sqlalchemy import Integer, Table, Column\n{text}\n{more}\n",
        encoding="utf-8",
    )

    written = _run(copied, new_database, "migrations", "revision", message)

    assert written.returncode == 0, written.stderr
    path = max((copied / "migrations/versions").glob("*.py"))
    assert "extra" in path.read_text(encoding="utf-8")
    for command in (
        ("ruff", "format", "--check", str(path)),
        ("ruff", "check", str(path)),
        ("migrations", "upgrade"),
        ("migrations", "check"),
        ("migrations", "downgrade", "-1"),
    ):
        done = _run(copied, new_database, *command)
        assert done.returncode == 0, done.stdout + done.stderr
