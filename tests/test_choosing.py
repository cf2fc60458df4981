"""Choosing: the hook's pure part lays what the answers want, and nothing else."""

import functools
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service_template.generation import recording
from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.service import run
from service_template.paths import TEMPLATE
from tests.conftest import SKELETON, Cookiecutter
from tests.hooks import answers_of

OPTIONS = sorted(path.name for path in (SKELETON / "_options").iterdir() if path.name != "any")


def choices_of(question: str) -> set[str]:
    """Return the choices that there are: a house may offer fewer, and keeps what the others have."""
    return set(QUESTIONS["__prompts__"][question]) - {"__prompt__"}


def brought(folder: Path) -> set[str]:
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    apart = {"_options", "_parts", "__pycache__"}
    return {str(file) for file in files if not apart & set(file.parts)}


def folders_of_choices() -> Iterator[tuple[str, Path]]:
    """Return every folder of choices, with the option that it is for; nested ones as well."""
    for options in sorted(SKELETON.rglob("_options")):
        for option in options.iterdir():
            for folder in option.iterdir():
                yield option.name, folder


def chosen_folders(options: Path, answers: dict[str, str]) -> Iterator[Path]:
    """Return the folders that answers choose in a house that sets all, told from their names."""
    pairs = {f"{option}={answer}" for option, answer in answers.items()}
    pairs |= {f"house={standard}" for standard in QUESTIONS["_house"]}
    for folder in sorted(options.glob("*/*")):
        names = folder.name.split("+")
        option = folder.parent.name
        given = names if option == "any" else [f"{option}={name}" for name in names]
        if pairs & set(given):
            yield folder
            yield from chosen_folders(folder / "_options", answers)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_choice_has_a_folder(option: str) -> None:
    folders = [path.name.split("+") for path in (SKELETON / "_options" / option).iterdir()]
    assert set(itertools.chain(*folders)) == choices_of(option) >= set(QUESTIONS[option])


def test_fragments_are_those_that_files_include() -> None:
    fragments = {path.name for path in SKELETON.glob("_options/**/_parts/*") if path.is_file()}
    texts = (path.read_text("utf-8") for path in sorted(SKELETON.rglob("*")) if is_text(path))

    assert set(re.findall(r'_parts/([\w.-]+)"', "".join(texts))) == fragments


def is_text(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def test_every_folder_is_for_choices_that_there_are() -> None:
    for option, folder in folders_of_choices():
        for name in folder.name.split("+"):
            of, choice = name.split("=") if option == "any" else (option, name)
            assert choice in (QUESTIONS["_house"] if of == "house" else choices_of(of)), folder


def test_no_path_is_brought_twice() -> None:
    brings = functools.cache(brought)
    for choices in itertools.product(*(QUESTIONS[option] for option in OPTIONS)):
        seen = brings(SKELETON)
        for folder in chosen_folders(
            SKELETON / "_options", dict(zip(OPTIONS, choices, strict=True))
        ):
            assert not seen & brings(folder), f"{folder} brings what is there already"
            seen = seen | brings(folder)


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
        (("auth=none", "database=sqlite"), set()),
        (("auth=jwt", "database=sqlite"), {"app/accounts.py", "app/server.py"}),
        (("auth=none", "jobs=taskiq"), {"app/server.py"}),
        (
            ("auth=jwt", "database=mongodb", "jobs=taskiq"),
            {"app/accounts.py", "app/documents_of_accounts.py", "app/server.py"},
        ),
    ],
)
def test_folders_for_both_and_for_any_of_two_choices(
    tiny: Cookiecutter, answers: tuple[str, ...], expected: set[str]
) -> None:
    assert tiny(*answers).returncode == 0
    asked = {"app/accounts.py", "app/documents_of_accounts.py", "app/server.py"}
    assert brought(tiny.service) & asked == expected


def test_another_answer_removes_what_several_answers_brought_together(tiny: Cookiecutter) -> None:
    assert tiny("auth=jwt", "database=mongodb").returncode == 0

    assert tiny("auth=none", "database=sqlite", "--overwrite-if-exists").returncode == 0

    assert brought(tiny.service) == ALWAYS | {"app/database.py", "app/tables.py"}


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ("rm -r database/mongodb", "database=mongodb has no folder"),
        ("mkdir database/mongodb+mysql; cp -r database/mongodb/app database/mongodb+mysql",
         "bring app/documents.py"),
        ("cp ../app/main.py database/mongodb/app", "brings app/main.py"),
    ],
)  # fmt: skip
def test_a_fault_in_the_template_is_named_and_makes_nothing(
    tiny: Cookiecutter, fault: str, line: str
) -> None:
    options = tiny.template / SKELETON.name / "_options"
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
    assert recording.public_address(address) == expected


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
    assert recording.commit_of(tmp_path / ".git") == expected
    assert recording.origin_of(tmp_path / ".git") == "https://example.com/t.git"


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
    assert recording.commit_of(linked / ".git") == expected
    assert recording.origin_of(linked / ".git") == "https://example.com/t.git"


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
    assert recording.commit_of(tmp_path / ".git") is None
    assert recording.origin_of(tmp_path / ".git") is None


def test_the_version_is_the_same_everywhere() -> None:
    version = QUESTIONS["_template_version"]
    assert f'\nversion = "{version}"\n' in (TEMPLATE / "pyproject.toml").read_text()
    changes = (TEMPLATE / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = next(line for line in changes.splitlines() if line.startswith("## "))
    assert version in newest
