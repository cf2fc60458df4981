"""A new service is a git repository with a first commit, or says in a line why it is none."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from service_template.matrix.service import last_line, run
from service_template.paths import TEMPLATE
from tests.conftest import Cookiecutter, StubUv, git
from tests.test_faults import start, wait_for
from tests.test_first_run import make_service

LEFT_OUT = {".git", ".template", ".venv", ".env", "__pycache__"}


@pytest.fixture(autouse=True)
def committing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What users have: commits are wanted, and git knows nobody until a test says who it is."""
    monkeypatch.setenv("SERVICE_GIT", "commit")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def ada(tmp_path: Path) -> dict[str, str]:
    """The settings of somebody whose git asks for more than a new service needs."""
    ignored, hooks = tmp_path / "ignored", tmp_path / "hooks"
    ignored.write_text("README.md\n*.lock\n")
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    settings = {
        "user.name": "Ada",
        "user.email": "ada@example.com",
        "commit.gpgSign": "true",
        "gpg.program": "false",
        "core.excludesFile": str(ignored),
        "core.hooksPath": str(hooks),
        "init.defaultBranch": "trunk",
    }
    for name, value in settings.items():
        run("git", "config", "--global", name, value, cwd=tmp_path)
    return settings


def files(folder: Path) -> set[str]:
    paths = [path for path in folder.rglob("*") if path.is_file() or path.is_symlink()]
    names = (path.relative_to(folder) for path in paths)
    return {name.as_posix() for name in names if not LEFT_OUT.intersection(name.parts)}


def without_git(folder: Path) -> dict[str, str]:
    """Return variables for a PATH that has all but git."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for tool in Path(place).glob("*"):
            if tool.name != "git" and not (folder / tool.name).exists():
                (folder / tool.name).symlink_to(tool)
    return {"PATH": str(folder)}


def stub_git(folder: Path, step: str, script: str) -> dict[str, str]:
    """Return variables for a PATH with a git that runs a script in the place of one command."""
    stub = folder / "stub-git"
    stub.mkdir()
    real = shutil.which("git")
    text = f'#!/bin/sh\ncase " $* " in *" {step} "*) {script};; esac\nexec {real} "$@"\n'
    (stub / "git").write_text(text)
    (stub / "git").chmod(0o755)
    return {"PATH": f"{stub}{os.pathsep}{os.environ['PATH']}"}


def test_first_commit_holds_the_files_of_the_service(
    cookiecutter: Cookiecutter, ada: dict[str, str]
) -> None:
    result = cookiecutter()

    assert result.returncode == 0, result.stderr
    assert "git" not in result.stdout
    service = cookiecutter.service
    assert git(service, "log", "--format=%an %ae %s").startswith("Ada ada@example.com Made by ")
    assert git(service, "branch", "--show-current") == "main\n"
    assert git(service, "status", "--porcelain", "--ignored") == "!! .template\n"
    assert set(git(service, "ls-files", "-z").rstrip("\0").split("\0")) == files(service)
    assert run("git", "fsck", "--strict", cwd=service).returncode == 0


def test_first_commit_of_a_proven_service_holds_its_lock_file(
    tiny: Cookiecutter, stub_uv: StubUv, ada: dict[str, str]
) -> None:
    skeleton = tiny.template / "{{cookiecutter.project_slug}}"
    shutil.copy(TEMPLATE / skeleton.name / ".gitignore", skeleton)

    result = tiny(**stub_uv.variables(sync="touch uv.lock .env"))

    assert result.returncode == 0, result.stderr
    committed = git(tiny.service, "ls-files").split()
    assert "uv.lock" in committed
    assert not [name for name in committed if name.startswith((".venv", ".env"))]
    assert git(tiny.service, "status", "--porcelain") == ""


def test_commit_without_an_identity_is_the_authors(tiny: Cookiecutter) -> None:
    result = tiny("author=Team Orders", "email=orders@example.com")

    assert result.returncode == 0, result.stderr
    assert "first commit is by Team Orders <orders@example.com>" in result.stdout
    assert git(tiny.service, "log", "--format=%an %ae %cn") == (
        "Team Orders orders@example.com Team Orders\n"
    )
    assert run("git", "config", "user.email", cwd=tiny.service).stdout == ""


@pytest.mark.parametrize(
    ("answer", "variable", "is_made"),
    [
        ("commit", None, False),  # it is not proven, and has no `uv.lock` yet
        ("none", None, False),
        ("none", "commit", True),
        ("commit", "none", False),
    ],
)
def test_commit_is_made_if_the_variable_or_else_the_answer_says_so(
    ready: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    variable: str | None,
    is_made: bool,
) -> None:
    monkeypatch.delenv("SERVICE_GIT")
    variables = {"SERVICE_GIT": variable} if variable else {}

    result = make_service(ready, ANSWERS=f"_git={answer}", OUTPUT=str(tmp_path / "o"), **variables)

    assert result.returncode == 0, result.stderr
    assert (tmp_path / "o" / "my-service" / "app").is_dir()
    assert (tmp_path / "o" / "my-service" / ".git").exists() is is_made
    assert ("git" in result.stdout) is is_made  # it says who commits


def test_wish_that_is_neither_is_refused(tiny: Cookiecutter) -> None:
    by_answer, by_variable = tiny("_git=maybe"), tiny(SERVICE_GIT="maybe")

    assert '_git "maybe" is refused: choose one of commit, none' in last_line(by_answer.stdout)
    assert "SERVICE_GIT='maybe' is refused" in by_variable.stderr
    assert list(tiny.output.iterdir()) == []


def test_machine_without_git_gets_a_service(tiny: Cookiecutter, tmp_path: Path) -> None:
    result = tiny(**without_git(tmp_path / "tools"))

    assert result.returncode == 0, result.stderr
    assert "There is no git repository: git is not on the PATH.\n" in result.stdout
    assert (tiny.service / "app" / "main.py").is_file()
    assert not (tiny.service / ".git").exists()


def test_service_within_a_repository_is_part_of_it(tiny: Cookiecutter) -> None:
    git(tiny.output, "init", "--quiet")

    result = tiny()

    assert result.returncode == 0, result.stderr
    assert f"There is no git repository: this folder belongs to that of {tiny.output}." in (
        result.stdout
    )
    assert not (tiny.service / ".git").exists()


def test_service_that_the_repository_around_it_ignores_has_its_own(tiny: Cookiecutter) -> None:
    git(tiny.output, "init", "--quiet")
    (tiny.output / ".gitignore").write_text("/my-service/\n")

    assert tiny().returncode == 0

    assert (tiny.service / ".git").is_dir()
    assert git(tiny.service, "status", "--porcelain") == ""


@pytest.mark.parametrize("step", ["init", "add", "commit"])
def test_failure_of_git_leaves_a_service_without_a_repository(
    tiny: Cookiecutter, tmp_path: Path, step: str
) -> None:
    result = tiny(**stub_git(tmp_path, step, "echo 'fatal: no luck' >&2; exit 128"))

    assert result.returncode == 0, result.stderr
    assert "There is no git repository: fatal: no luck.\n" in result.stdout
    assert (tiny.service / "app" / "main.py").is_file()
    assert not (tiny.service / ".git").exists()


def test_stopping_while_git_works_leaves_nothing(tiny: Cookiecutter, tmp_path: Path) -> None:
    script = f"touch {tmp_path}/started; sleep 30"
    process = start(tiny, SERVICE_PROVE="none", **stub_git(tmp_path, "commit", script))
    wait_for((tmp_path / "started").exists, "the commit")

    os.killpg(process.pid, signal.SIGINT)

    process.communicate(timeout=30)
    assert process.returncode != 0
    wait_for(lambda: not tiny.service.exists(), "the end of the service")


def test_overwritten_folder_is_left_to_its_owner(tiny: Cookiecutter) -> None:
    assert tiny(SERVICE_GIT="none").returncode == 0

    assert tiny("--overwrite-if-exists").returncode == 0

    assert not (tiny.service / ".git").exists()


def test_failed_service_leaves_no_repository(tiny: Cookiecutter, stub_uv: StubUv) -> None:
    assert tiny(**stub_uv.variables(tests="false")).returncode == 1

    assert list(tiny.output.iterdir()) == []
