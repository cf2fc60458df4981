"""Features are taken out of a service as its page says: each in a copy of the service.

The page says what to delete and to run, and names the files to edit. `removals` has the edits.
"""

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

from service_template.matrix.combinations import DEFAULTS, OPTIONS
from service_template.matrix.gates import OF_CODE, complaint, first_complaint
from service_template.matrix.service import Service
from tests.conftest import MakeService
from tests.following import patched

PAGE = "docs/removing-features.md"
LINES = 250
LINES_OF_A_FEATURE = 40
"""The page is short: the most lines that it may have."""

REMOVALS = Path(__file__).with_name("removals")
MENTIONS = "Files that only mention it"
"""Begins the bullet that names files after its colon, and not before it."""

FEATURES = {
    "Idempotency keys": "idempotency",
    "Conditional requests": "etag",
    "Tracing": "opentelemetry",
    "The cache": "core.cache",
    "The read replica": "read_url",
    "Events": "outbox",
}
"""The features, and a word that nothing in `app` has without them."""

TESTS = (
    "tests/api",
    "tests/architecture",
    "tests/contract",
    "tests/core",
    "tests/integration/test_migrations.py",
    "tests/integration/test_service.py",
    "tests/unit",
)
"""All tests that need no other process, and those that compare tables with migrations."""

WITH_AN_ENVIRONMENT = {"MAKEFLAGS": "-- READY="}
"""Has `make` leave the environment as it is: it is that of other services too."""

DEFAULT_ANSWERS = tuple(DEFAULTS[option] for option in OPTIONS)


def sections(page: str) -> dict[str, str]:
    """Return the text of each feature on a page, by its heading."""
    parts = re.split(r"^## (.+)\n", page, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def blocks(section: str, kind: str) -> list[str]:
    """Return the texts of the blocks of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def follow(service: Service, feature: str) -> None:
    """Delete, edit and run, as the section about a feature says."""
    section = sections(service.read(PAGE))[feature]
    for name in parts_to_delete(section):
        delete(service, name)
    for file, diff in edits(feature).items():
        text = patched(service.read(file), diff, file)
        (service.path / file).write_text(text, encoding="utf-8")
    for block in blocks(section, "console"):
        for command in re.findall(r"^\$ (.+)$", block, re.MULTILINE):
            done = service.run("bash", "-c", command, **WITH_AN_ENVIRONMENT)
            assert complaint(done) == "", command


def parts_to_delete(section: str) -> list[str]:
    """Return the files, folders and parts of files that a section lists."""
    [listed] = blocks(section, "text")
    return re.split(r", |\n", listed.rstrip("\n"))


def files_to_edit(section: str) -> list[str]:
    """Return the files that the bullets of a section name, in their order."""
    files = []
    for bullet in re.findall(r"^- (.+(?:\n {2}.+)*)", section, re.MULTILINE):
        head, _, rest = bullet.partition(":")
        files += re.findall(r"`(\S+\.\w+|Makefile)`", rest if head == MENTIONS else head)
    return files


def edits(feature: str) -> dict[str, str]:
    """Return the diff of each file that is edited to remove a feature."""
    name = feature.lower().removeprefix("the ").replace(" ", "-")
    text = (REMOVALS / f"{name}.diff").read_text(encoding="utf-8")
    parts = re.split(r"^--- (\S+)\n\+\+\+ \1\n@@\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def delete(service: Service, name: str) -> None:
    """Delete a file, a folder, or a part of a file: a test, an alert or a panel."""
    file, _, part = name.partition("::")
    path = service.path / file
    if part:
        PARTS[path.suffix](path, part)
    elif name.endswith("/"):
        shutil.rmtree(path)
    else:
        path.unlink()


def delete_test(path: Path, name: str) -> None:
    """Delete a function of a module, with its decorators and the empty lines above it."""
    text = path.read_text(encoding="utf-8")
    [function] = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    ]
    first = min(node.lineno for node in (function, *function.decorator_list))
    lines = text.splitlines(keepends=True)
    above = "".join(lines[: first - 1]).rstrip("\n") + "\n"
    path.write_text(above + "".join(lines[function.end_lineno :]), encoding="utf-8")


def delete_panel(path: Path, title: str) -> None:
    """Delete a panel of a dashboard, and leave everything else as it is written."""
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    [panel] = [panel for panel in dashboard["panels"] if panel["title"] == title]
    dashboard["panels"].remove(panel)
    text = json.dumps(dashboard, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def delete_alert(path: Path, name: str) -> None:
    """Delete an alert and the empty lines above it."""
    text = path.read_text(encoding="utf-8")
    parts = re.split(r"\n+(?= *- alert: )", text.rstrip("\n"))
    kept = [part for part in parts if not part.lstrip().startswith(f"- alert: {name}\n")]
    assert len(kept) == len(parts) - 1, name
    path.write_text("\n\n".join(kept) + "\n", encoding="utf-8")


PARTS = {".json": delete_panel, ".py": delete_test, ".yaml": delete_alert}
"""How a part of each kind of file is deleted."""


@pytest.fixture(scope="module")
def service(make_service: MakeService) -> Service:
    return make_service(DEFAULT_ANSWERS)


def test_the_page_has_each_feature(service: Service) -> None:
    assert list(sections(service.read(PAGE))) == list(FEATURES)
    assert len(FEATURES) == 6


def test_the_page_is_short(service: Service) -> None:
    page = service.read(PAGE)
    lines = {name: len(text.splitlines()) + 1 for name, text in sections(page).items()}

    assert {name: count for name, count in lines.items() if count > LINES_OF_A_FEATURE} == {}
    assert len(page.splitlines()) <= LINES


@pytest.mark.parametrize("feature", FEATURES)
def test_the_page_names_each_file_that_is_edited(service: Service, feature: str) -> None:
    named = files_to_edit(sections(service.read(PAGE))[feature])

    assert sorted(named) == sorted(edits(feature))


@pytest.mark.parametrize("feature", FEATURES)
def test_a_service_without_the_feature_passes_its_checks(
    service: Service, tmp_path: Path, feature: str
) -> None:
    copy = service.copy_to(tmp_path)
    assert files_with(FEATURES[feature], copy)

    follow(copy, feature)

    assert files_with(FEATURES[feature], copy) == []
    assert said_by_checks(copy) == ""


def files_with(word: str, service: Service) -> list[str]:
    """Return the files of the product that have a word, in letters of any case."""
    return [
        str(path)
        for path in (service.path / "app").rglob("*.py")
        if word in path.read_text(encoding="utf-8").lower()
    ]


def said_by_checks(service: Service) -> str:
    """Return the complaint of the first check of a service that fails."""
    found = first_complaint(service, *OF_CODE, "dependencies", "standards")
    return found or complaint(service.tool("python", "-m", "pytest", "-q", "-n", "0", *TESTS))
