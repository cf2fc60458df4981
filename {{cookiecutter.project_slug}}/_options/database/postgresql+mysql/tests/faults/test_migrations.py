"""Migrations that can't reach their database say so in a line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.database import DatabaseSettings
from tests.database import on_port
from tests.environment import environment_of

PROJECT = Path(__file__).parents[2]


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_server_that_is_down_is_one_line(
    migrated_database: DatabaseSettings,
    command: str,
) -> None:
    nobody_listens_here = 1
    database = on_port(migrated_database, nobody_listens_here)

    result = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "migrations", command],
        cwd=PROJECT,
        env={**os.environ, **environment_of(database)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("The database can't be used: ")
    assert line.endswith("Is DATABASE__URL right?")
