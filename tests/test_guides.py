"""The guides to adding a database and an option are followed to the letter, in clones."""

import json
import re
from pathlib import Path

from service_template.matrix.service import run
from service_template.paths import TEMPLATE


def follow(guide: str, clone: Path) -> None:
    text = (TEMPLATE / "docs" / guide).read_text("utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    commands = re.findall(r"^\$ (.+)$", "".join(blocks), re.MULTILINE)
    assert len(commands) > 5
    for command in ("git init --quiet", "git add --all", *commands):
        done = run("bash", "-c", command, cwd=clone)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


def test_adding_a_database_proves_a_service_with_it(ready: Path) -> None:
    follow("adding-a-database.md", ready)

    [proven] = json.loads((ready / "proof.json").read_text(encoding="utf-8"))
    assert proven["database"] == "mariadb"
    assert proven["green"]


def test_adding_an_option_makes_services_with_each_of_its_choices(ready: Path) -> None:
    follow("adding-an-option.md", ready)

    pages = [
        (ready / "services" / name / "docs" / "support.md").read_text(encoding="utf-8")
        for name in ("office-hours", "on-call")
    ]
    [proven] = json.loads((ready / "proof.json").read_text(encoding="utf-8"))
    assert "office hours" in pages[0]
    assert "on call" in pages[1]
    assert proven["green"]
    form = (ready / "backstage" / "template.yaml").read_text(encoding="utf-8")
    assert "On call: somebody answers at any hour" in form
