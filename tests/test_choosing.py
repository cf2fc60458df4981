"""Choosing: the hook's pure part lays what the answers want, and nothing else."""

import itertools
import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest

from service_template.generation import source
from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.service import run
from service_template.options import (
    OPTIONS,
    SHARED,
    TOGETHER,
    folders_for,
    is_laid,
    place_of,
    questions,
)
from service_template.paths import TEMPLATE
from tests.conftest import SKELETON, Cookiecutter
from tests.hooks import answers_of

FOLDERS = SKELETON / OPTIONS


def choices_of(question: str) -> set[str]:
    """Return the choices that there are: a house may offer fewer, and keeps what the others have."""
    return set(QUESTIONS["__prompts__"][question]) - {"__prompt__"}


def brought(folder: Path) -> set[str]:
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(file) for file in files if "__pycache__" not in file.parts}


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("question", questions())
def test_every_choice_has_a_folder(question: str) -> None:
    assert names_in(FOLDERS / question) == choices_of(question) >= set(QUESTIONS[question])


def test_every_shared_folder_is_declared_and_of_choices_that_there_are() -> None:
    declared = {name for names in SHARED.values() for name in names}
    choices = {f"{question}={name}" for question in questions() for name in choices_of(question)}

    assert names_in(FOLDERS / "shared") == declared | set(TOGETHER)
    assert set(SHARED) <= choices
    for needed in TOGETHER.values():
        assert all((FOLDERS / name).is_dir() for name in needed)


def test_every_condition_names_one_folder_or_standard() -> None:
    conditions = [path.name for path in FOLDERS.glob("*/*/_with/*")]
    folders = [path.name for path in FOLDERS.glob("*/*")] + list(QUESTIONS["_house"])

    assert len(conditions) > 10
    for name in conditions:
        assert folders.count(name) == 1, name


def test_no_folder_is_an_expression_or_nests_deeper_than_a_condition() -> None:
    for path in FOLDERS.rglob("*"):
        parts = path.relative_to(FOLDERS).parts
        assert not set("+=&|") & set(path.name), path
        assert "_options" not in parts, path
        assert "_with" not in (*parts[:2], *parts[3:]), path


def test_fragments_are_those_that_files_include() -> None:
    fragments = {path.name for path in SKELETON.glob("_options/**/_parts/*") if path.is_file()}
    texts = (path.read_text("utf-8") for path in sorted(SKELETON.rglob("*")) if is_text(path))

    assert set(re.findall(r'_parts/([\w.-]+)"', "".join(texts))) == fragments


def is_text(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def test_no_path_is_brought_twice() -> None:
    """For whatever answers, in a house that sets every standard."""
    asked = [question for question in questions() if question != "license"]
    house = dict.fromkeys(QUESTIONS["_house"], True)
    files = [path.relative_to(SKELETON) for path in SKELETON.rglob("*") if is_text(path)]
    tried = 0

    for choices in itertools.product(*(QUESTIONS[question] for question in asked)):
        answers = dict(zip(asked, choices, strict=True), license="MIT", _house=house)
        folders = folders_for(answers)
        places = [place_of(file) for file in files if is_laid(file, folders)]
        twice = [place for place, count in Counter(places).items() if place and count > 1]
        assert twice == [], answers
        tried += 1

    assert tried == math.prod(len(QUESTIONS[question]) for question in asked)


ALWAYS = {
    ".cruft.json",
    ".managed.sha256",
    ".template",
    "LICENSE",
    "README.md",
    "app/core/clock.py",
    "app/main.py",
}


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ("sqlite", {"app/database.py": "NAME = 'sqlite'\n", "app/tables.py": "TABLES = ()\n"}),
        ("mysql", {"app/database.py": "NAME = 'server'\n", "app/tables.py": "TABLES = ()\n"}),
        ("mongodb", {"app/documents.py": "NAME = 'mongodb'\n"}),
    ],
)
def test_chosen_folders_are_laid_and_the_rest_is_gone(
    tiny: Cookiecutter, database: str, expected: dict[str, str]
) -> None:
    assert tiny(f"database={database}").returncode == 0
    assert brought(tiny.service) == ALWAYS | set(expected)
    for name, content in expected.items():
        assert (tiny.service / name).read_text() == content


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((), set()),
        (("auth=jwt",), {"app/accounts.py"}),
        (("auth=jwt", "database=mongodb"), {"app/accounts.py", "app/documents_of_accounts.py"}),
        (("cache=redis",), {"app/server.py"}),
        (("jobs=taskiq",), {"app/server.py"}),
        (("cache=redis", "jobs=taskiq"), {"app/server.py"}),
        (("database=mysql", "deployment=docker"), set()),
        (("database=sqlite", "deployment=kubernetes"), set()),
        (("database=mysql", "deployment=kubernetes"), {"app/replicas.py"}),
    ],
)
def test_shared_folders_and_folders_for_two_choices_together(
    tiny: Cookiecutter, answers: tuple[str, ...], expected: set[str]
) -> None:
    assert tiny(*answers).returncode == 0
    asked = {"accounts", "documents_of_accounts", "replicas", "server"}
    assert brought(tiny.service) & {f"app/{name}.py" for name in asked} == expected


def test_another_answer_removes_what_several_answers_brought_together(tiny: Cookiecutter) -> None:
    assert tiny("auth=jwt", "database=mongodb").returncode == 0

    assert tiny("auth=none", "database=sqlite", "--overwrite-if-exists").returncode == 0

    assert brought(tiny.service) == ALWAYS | {"app/database.py", "app/tables.py"}


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("rm -r database/mongodb", "database=mongodb has no folder"),
        ("mkdir shared/server; cp -r database/mongodb/app shared/server", "bring app/documents.py"),
        ("cp ../app/main.py database/mongodb/app", "brings app/main.py"),
    ],
)  # fmt: skip
def test_a_fault_in_the_template_is_named_and_makes_nothing(
    tiny: Cookiecutter, fault: str, line: str
) -> None:
    options = tiny.template / SKELETON.name / OPTIONS
    assert run("sh", "-c", fault, cwd=options).returncode == 0
    result = tiny("database=mongodb")
    assert result.returncode == 1
    assert line in result.stderr
    assert "fault in the template" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert list(tiny.output.iterdir()) == []


def test_answers_and_version_are_recorded_without_paths(tiny: Cookiecutter) -> None:
    assert tiny("author=Ünï", "database=mysql").returncode == 0
    text = (tiny.service / ".cruft.json").read_text(encoding="utf-8")
    assert str(tiny.output.parent) not in text
    assert '"author": "Ünï"' in text
    answers = answers_of(tiny.service)
    assert answers["database"] == "mysql"
    assert answers["_house"] == QUESTIONS["_house"]
    assert answers["_template_version"] == QUESTIONS["_template_version"]
    assert set(json.loads(text)) == {"template", "commit", "checkout", "context", "directory"}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.com/house/template.git", "https://example.com/house/template.git"),
        ("https://name:secret@example.com/t.git", "https://example.com/t.git"),
        ("https://secret@example.com/t.git", "https://example.com/t.git"),
        ("ssh://git:secret@example.com/t.git", "ssh://git@example.com/t.git"),
        ("ssh://git@example.com/t.git", "ssh://git@example.com/t.git"),
        ("https://name:se@cret@example.com/t.git", "https://example.com/t.git"),
        ("https://example.com/t.git?private_token=secret", "https://example.com/t.git"),
        ("https://example.com/t.git#secret", "https://example.com/t.git"),
        ("https://a@example.com:8443/t.git?b=c@d#e", "https://example.com:8443/t.git"),
        ("https://[::1]/t.git?secret", "https://[::1]/t.git"),
        ("https://secret@example.com?secret", "https://example.com"),
        ("ssh://git:se@cret@example.com:22/t.git?secret", "ssh://git@example.com:22/t.git"),
        ("git://secret@example.com/t.git?secret", "git://example.com/t.git"),
        ("git@example.com:house/template.git?secret", "git@example.com:house/template.git"),
        ("git@example.com:house/template.git", "git@example.com:house/template.git"),
        ("gh:house/template", "gh:house/template"),
        ("/home/me/template", None),
        ("../template", None),
        ("file:///home/me/template", None),
        ("C:/Users/me/template", None),
    ],
)
def test_the_template_is_recorded_by_its_public_address(address: str, expected: str | None) -> None:
    assert source.public_address(address) == expected


@pytest.mark.parametrize("state", ["loose", "packed", "detached"])
def test_the_commit_is_read_as_git_would(tmp_path: Path, state: str) -> None:
    script = {
        "loose": "true",
        "packed": "git pack-refs --all",
        "detached": "git checkout --quiet --detach",
    }[state]
    run("git", "init", "--quiet", "--initial-branch=some/branch", cwd=tmp_path)
    run("git", "remote", "add", "origin", "https://example.com/t.git", cwd=tmp_path)
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    run("git", *identity, "commit", "--allow-empty", "--message=x", cwd=tmp_path)
    assert run("sh", "-c", script, cwd=tmp_path).returncode == 0
    expected = run("git", "rev-parse", "HEAD", cwd=tmp_path).stdout.strip()
    assert len(expected) == 40
    assert source.commit_of(tmp_path / ".git") == expected
    assert source.origin_of(tmp_path / ".git") == "https://example.com/t.git"


def test_a_linked_working_tree_knows_its_own_commit(tmp_path: Path) -> None:
    main, linked = tmp_path / "main", tmp_path / "linked"
    main.mkdir()
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    for command in (
        ["init", "--quiet"],
        ["remote", "add", "origin", "https://example.com/t.git"],
        [*identity, "commit", "--quiet", "--allow-empty", "--message=x"],
        ["worktree", "add", "--quiet", "-b", "side", str(linked)],
        [*identity, "-C", str(linked), "commit", "--quiet", "--allow-empty", "--message=y"],
    ):
        assert run("git", *command, cwd=main).returncode == 0
    expected = run("git", "rev-parse", "side", cwd=main).stdout.strip()
    assert source.commit_of(linked / ".git") == expected
    assert source.origin_of(linked / ".git") == "https://example.com/t.git"


def test_the_commit_is_known_however_the_path_is_given(tiny: Cookiecutter) -> None:
    for command in (
        ["init", "--quiet"],
        ["add", "--all"],
        ["-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "x"],
    ):
        assert run("git", *command, cwd=tiny.template).returncode == 0
    (tiny.output / "here").symlink_to(tiny.template)

    assert tiny.run("here", "--no-input").returncode == 0

    record = json.loads((tiny.service / ".cruft.json").read_text(encoding="utf-8"))
    commit = run("git", "rev-parse", "HEAD", cwd=tiny.template).stdout.strip()
    assert record["commit"] == commit


def test_a_template_outside_git_has_no_commit(tmp_path: Path) -> None:
    assert source.commit_of(tmp_path / ".git") is None
    assert source.origin_of(tmp_path / ".git") is None


def test_the_version_is_the_same_everywhere() -> None:
    version = QUESTIONS["_template_version"]
    assert f'\nversion = "{version}"\n' in (TEMPLATE / "pyproject.toml").read_text()
    changes = (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = next(line for line in changes.splitlines() if line.startswith("## "))
    assert version in newest
