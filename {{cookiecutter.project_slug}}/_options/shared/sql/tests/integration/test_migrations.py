"""Migrations."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import copy, copytree

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError, to_tuple
from sqlalchemy import Column, Integer, Table

from app.core.database.settings import DatabaseSettings
from app.repositories.database import metadata
from migrations.commands import (
    ALEMBIC_INI,
    MAX_REVISION,
    VERSIONS,
    check,
    check_heads,
    downgrade,
    upgrade,
    write_merge,
    write_revision,
)
from tests.database import temporary_database


@pytest.fixture
def new_database() -> Iterator[DatabaseSettings]:
    """A database on which nothing was ever run."""
    with temporary_database() as settings:
        yield settings


@pytest.fixture
def versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a copy of all steps, to write more of them into."""
    for name in ("alembic.ini", "pyproject.toml"):
        copy(ALEMBIC_INI.with_name(name), tmp_path)
    copytree(VERSIONS.parent, tmp_path / VERSIONS.parent.name)
    copied = tmp_path / VERSIONS.parent.name / VERSIONS.name
    monkeypatch.setattr("migrations.commands.ALEMBIC_INI", tmp_path / "alembic.ini")
    monkeypatch.setattr("migrations.commands.VERSIONS", copied)
    monkeypatch.setattr(sys, "path", [*sys.path])  # Alembic adds to it
    return copied


@pytest.fixture
def extra_table() -> Iterator[None]:
    """A table that no step knows of."""
    table = Table("extra", metadata, Column("id", Integer, primary_key=True))
    yield
    metadata.remove(table)


def _ruff(command: str, path: Path) -> None:
    arguments = [sys.executable, "-m", "ruff", *command.split(), str(path)]
    subprocess.run(arguments, cwd=path.parents[2], check=True)  # noqa: S603 - our tool


def _write_step(versions: Path, name: str, revision: str) -> None:
    """Write a step that comes behind the last one of the service."""
    last, _ = _revisions()[-1]
    text = f'revision = "{revision}"\ndown_revision = "{last}"\n\n\n'
    changes = "def upgrade(): ...\n\n\ndef downgrade(): ...\n"
    (versions / f"{name}.py").write_text(text + changes, encoding="utf-8")


def _revisions() -> list[tuple[str, str]]:
    """Return all revisions, the first one first, each with one that comes before it."""
    scripts = ScriptDirectory.from_config(Config(ALEMBIC_INI))
    steps = [*scripts.walk_revisions()][::-1]
    before = [to_tuple(step.down_revision, default=("base",)) for step in steps]
    return [(step.revision, it[0]) for step, it in zip(steps, before, strict=True)]


def test_every_step_goes_up_and_down_and_up_again(
    new_database: DatabaseSettings,
) -> None:
    for revision, before in _revisions():
        upgrade(new_database, revision)
        downgrade(new_database, before)
        upgrade(new_database, revision)

    downgrade(new_database, "base")
    upgrade(new_database)
    check(new_database)


def test_one_step_comes_last() -> None:
    check_heads()


def test_tables_and_steps_that_disagree_are_noticed(
    new_database: DatabaseSettings,
) -> None:
    with pytest.raises(CommandError):
        check(new_database)


@pytest.mark.usefixtures("extra_table")
def test_written_step_is_formatted_and_leads_there_and_back(
    new_database: DatabaseSettings,
    versions: Path,
) -> None:
    upgrade(new_database)

    write_revision(new_database, 'Add "extra" \\ for whoever needs more than there is')

    path = max(versions.glob("*.py"))
    assert len(path.stem) <= MAX_REVISION
    assert f'\nrevision = "{path.stem}"\n' in path.read_text(encoding="utf-8")
    _ruff("format --check", path)
    _ruff("check", path)
    upgrade(new_database)
    check(new_database)
    downgrade(new_database, "-1")


def test_steps_of_two_branches_are_named_and_joined(
    new_database: DatabaseSettings,
    versions: Path,
) -> None:
    for name in ("9000_phone", "9000_fax"):
        _write_step(versions, name, name)

    for command in (check_heads, partial(upgrade, new_database)):
        with pytest.raises(CommandError, match="make merge-migrations") as refused:
            command()
        assert str(refused.value).startswith("9000_fax.py and 9000_phone.py come last")
    write_merge(new_database)

    check_heads()
    path = versions / "9001_merge.py"
    _ruff("format --check", path)
    _ruff("check", path)
    upgrade(new_database, "9000_fax")  # as a database of that branch is
    upgrade(new_database)
    check(new_database)
    downgrade(new_database, "base")


def test_steps_with_one_revision_are_named(versions: Path) -> None:
    """As older versions of the template numbered them."""
    for name in ("9000_phone", "9000_fax"):
        _write_step(versions, name, "9000")

    with pytest.raises(CommandError, match="same revision") as refused:
        check_heads()

    assert str(refused.value).startswith("9000_fax.py and 9000_phone.py have ")
