"""The run-book's commands for backups, on a database that a process has open."""

import os
import re
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.deploy.image import PROJECT

RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTION = RUNBOOK.partition("\n## Back up and restore\n")[2].partition("\n## ")[0]
BLOCKS = re.findall(r"(?s)```console\n(.*?)```", SECTION)
IN_THE_SERVICE = re.compile(r"(?m)^\$ .+ exec .*?api (?:-- )?(.+)$")


def _run(block: str, folder: Path) -> None:
    """Run the commands of a block that are for the service's container, in their order."""
    data = shlex.quote(f"{folder}/data/")
    for command in IN_THE_SERVICE.findall(block):
        here = command.replace("/data/", data)
        here = re.sub("^python ", f"{shlex.quote(sys.executable)} ", here)
        environment = os.environ | {"PATH": os.defpath}
        command_line = ["/bin/sh", "-ec", here]
        subprocess.run(command_line, cwd=folder, env=environment, check=True)  # noqa: S603


def _names(service: sqlite3.Connection) -> list[str]:
    return [name for (name,) in service.execute("SELECT name FROM users ORDER BY name")]


def test_runbook_restore_returns_the_rows_of_the_backup(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    service = sqlite3.connect(tmp_path / "data" / "service.db", isolation_level=None)
    service.execute("PRAGMA journal_mode = WAL")
    service.execute("CREATE TABLE users (name TEXT)")
    service.execute("INSERT INTO users VALUES ('Ada')")
    back_up, restore = BLOCKS

    _run(back_up, tmp_path)
    service.execute("UPDATE users SET name = 'lost'")
    service.execute("CREATE TABLE later (name TEXT)")
    _run(restore, tmp_path)

    assert _names(service) == ["Ada"]
    assert service.execute("SELECT name FROM sqlite_schema").fetchall() == [("users",)]
    assert service.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    service.close()
    reopened = sqlite3.connect(tmp_path / "data" / "service.db")
    assert _names(reopened) == ["Ada"]
    reopened.close()
    assert not (tmp_path / "data" / "copy.db").exists()


def test_runbook_back_up_again_replaces_a_left_over_copy(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    sqlite3.connect(tmp_path / "data" / "service.db").close()
    (tmp_path / "data" / "copy.db").write_text("of an interrupted backup")

    _run(BLOCKS[0], tmp_path)

    assert (tmp_path / "copy.db").is_file()
