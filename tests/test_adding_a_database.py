"""The guide to adding a database is followed to the letter, in a clone of the template."""

import json
import re
from pathlib import Path

from service_template.matrix.service import run
from service_template.paths import TEMPLATE

GUIDE = TEMPLATE / "docs" / "adding-a-database.md"


def commands() -> list[str]:
    blocks = re.findall(
        r"^```console\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^\$ (.+)$", "".join(blocks), re.MULTILINE)


def test_who_follows_the_guide_has_a_database_more(ready: Path) -> None:
    for command in ("git init --quiet", "git add --all", *commands()):
        done = run("bash", "-c", command, cwd=ready)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    [proven] = json.loads((ready / "proof.json").read_text(encoding="utf-8"))
    assert proven["database"] == "mariadb"
