"""Migrations."""

from collections.abc import Iterator

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.core.database.settings import DatabaseSettings
from migrations.commands import ALEMBIC_INI, check, downgrade, upgrade
from tests.database import temporary_database


@pytest.fixture
def new_database() -> Iterator[DatabaseSettings]:
    """A database on which nothing was ever run."""
    with temporary_database() as settings:
        yield settings


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
