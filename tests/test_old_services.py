"""The promise to old services: one of any released version can be brought up to date.

`old_services/<version>/` keeps, for each version: the answers of a service, what its team has typically
done since (`edits.patch`: a resource, changed settings, a dependency and a command of its own), and
what the team does when it updates (`solved.patch`, on top of the template's side of each conflict):
what CHANGELOG.md says, and nothing else. If this does not lead to a green service, either
the change was too much, or the changelog is silent about it.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service_template.changelog import number, released
from service_template.git import commit_of, copy_of
from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.gates import check_standards, complaint_of_tests
from service_template.matrix.service import Service, run
from service_template.matrix.workshop import Workshop
from service_template.ownership import Ownership, owner_of
from service_template.paths import TEMPLATE
from service_template.updates.rendering import questions_of, render
from service_template.updates.service import update
from tests.conftest import DATABASES, Bake, copy_template, git

CHANGELOG = (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8")
RELEASED = {version: commit for version, commit in released(CHANGELOG).items() if commit}
OLD_SERVICES = Path(__file__).parent / "old_services"

each_version = pytest.mark.parametrize("version", RELEASED)
pytestmark = pytest.mark.usefixtures("git_identity")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the template's history, and as its newest commit what lies here."""
    folder = copy_of(TEMPLATE, "HEAD", tmp_path_factory.mktemp("history") / "template")
    for entry in folder.iterdir():
        if entry.name != ".git":
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    copy_template(folder)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=What lies here")
    return folder


MakeOld = Callable[[str, dict[str, Any]], Path]


@pytest.fixture
def make_old(tmp_path: Path) -> MakeOld:
    """Makes a service by an old version, in a git repository of its own."""

    def make_old(version: str, answers: dict[str, Any]) -> Path:
        template = copy_of(TEMPLATE, RELEASED[version] or "", tmp_path / "old template")
        service = render(template, answers, tmp_path / "old service")
        git(service, "init", "--quiet", "--initial-branch=main")
        commit(service, "Made")
        return service

    return make_old


def commit(service: Path, message: str) -> None:
    git(service, "add", "--all")
    git(service, "commit", "--quiet", f"--message={message}")


def bring_up_to_date(service: Path, template: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        workplace = Path(folder)
        return update(service, template=template, wanted="HEAD", given="", workplace=workplace)


def test_a_version_was_released() -> None:
    assert RELEASED, "CHANGELOG.md names no version with its day and its commit"


@each_version
def test_a_released_version_is_known_by_its_commit_and_has_a_service_to_try(version: str) -> None:
    released_as = str(RELEASED[version])
    assert commit_of(released_as, at=TEMPLATE), "fetch the whole history: git fetch --unshallow"
    ancestor = run("git", "merge-base", "--is-ancestor", released_as, "HEAD", cwd=TEMPLATE)
    assert ancestor.returncode == 0
    questions = json.loads(git(TEMPLATE, "show", f"{released_as}:cookiecutter.json"))
    assert questions["_template_version"] == version
    assert number(version) < number(QUESTIONS["_template_version"])
    assert (OLD_SERVICES / version).is_dir()


@each_version
def test_a_choice_that_was_offered_is_there_or_the_changelog_says_what_to_do(version: str) -> None:
    questions = json.loads(git(TEMPLATE, "show", f"{RELEASED[version]}:cookiecutter.json"))
    for question, choices in questions.items():
        if question.startswith("_"):
            continue
        assert question in QUESTIONS or f"`{question}` is gone" in CHANGELOG, question
        for choice in choices if isinstance(choices, list) else ():
            is_there = choice in QUESTIONS.get(question, [])
            assert is_there or f"`{question}={choice}` is gone" in CHANGELOG, (question, choice)


@each_version
@pytest.mark.parametrize("database", DATABASES)
def test_a_service_that_nobody_touched_becomes_a_new_one(
    make_old: MakeOld, history: Path, bake: Bake, version: str, database: str
) -> None:
    service = make_old(version, {"database": database})

    assert bring_up_to_date(service, history) == 0

    assert git(service, "status", "--short") == ""
    updated, made = Service(service).files(), bake(database=database).files()
    assert set(updated) == set(made)
    record = {".cruft.json"}  # tells where each was made
    different = {name for name in made if updated[name] != made[name]} - record
    assert all(owner_of(name) is Ownership.SKIPPED for name in different), different


@each_version
def test_a_service_that_a_team_works_on_is_green_when_it_is_up_to_date(
    make_old: MakeOld, history: Path, shared_folder: Path, version: str
) -> None:
    kept = OLD_SERVICES / version
    answers = json.loads((kept / "answers.json").read_text(encoding="utf-8"))
    service = make_old(version, answers)
    git(service, "apply", str(kept / "edits.patch"))
    commit(service, "The team's work")

    assert bring_up_to_date(service, history) in (0, 2)
    solve_conflicts(service, kept / "solved.patch")

    updated = Service(service)
    assert git(service, "status", "--short") == ""
    assert updated.answers()["_template_version"] == questions_of(history)["_template_version"]
    updated = Workshop(shared_folder / "workshop").equip(updated)
    for command in (["ruff", "check"], ["ruff", "format", "--check"], ["lint-imports"]):
        result = updated.tool(*command)
        assert result.returncode == 0, result.stdout
    with updated.type_cache() as variables:
        result = updated.tool("mypy", **variables)
        assert result.returncode == 0, result.stdout
    assert check_standards(updated, ()) == ""
    keep_data(updated)
    assert complaint_of_tests(updated) == ""


def solve_conflicts(service: Path, solved: Path) -> None:
    """Take the template's side of each conflict, then do what the team does, and go on."""
    listed = git(service, "diff", "--name-only", "--diff-filter=U", "-z")
    for name in listed.rstrip("\0").split("\0"):
        entries = git(service, "ls-files", "--stage", "--", f":(literal){name}").splitlines()
        stages = [entry.split()[2] for entry in entries]
        if "3" in stages:
            git(service, "checkout", "--quiet", "--theirs", "--", name)
        elif "1" in stages:  # the template has it no more
            git(service, "rm", "--quiet", "--", name)
        # Else it is the team's own, in a folder that has moved: it follows.
    git(service, "apply", "-C1", str(solved))
    git(service, "add", "--all")
    git(service, "-c", "core.editor=true", "cherry-pick", "--continue")


def keep_data(service: Service) -> None:
    """What a database held before the update is there after it, and has the shape it should."""
    for arguments in (["upgrade", "0002"], ["upgrade"], ["check"]):
        result = service.tool("python", "-m", "migrations", *arguments)
        assert result.returncode == 0, result.stderr
        if arguments == ["upgrade", "0002"]:  # as the team had it
            assert service.tool("python", "-c", WRITE).returncode == 0
    assert service.tool("python", "-c", READ).stdout == "('Closed on Friday',)\n"
    shutil.rmtree(service.path / "data")


WRITE = """
import sqlite3
with sqlite3.connect("data/service.db") as database:
    values = ("0" * 32, "closed", "Closed on Friday", "2026-01-02 03:04:05")
    database.execute("INSERT INTO notices VALUES (?, ?, ?, ?)", values)
"""

READ = """
import sqlite3
with sqlite3.connect("data/service.db") as database:
    print(*database.execute("SELECT title FROM notices"))
"""
