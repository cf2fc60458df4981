"""What `service-template` does in the folder of a service, with a template made for the test."""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from service_template import cli
from service_template.checking import Finding
from service_template.cli import NOTHING_DONE
from service_template.paths import TEMPLATE
from service_template.resources import adding
from tests.conftest import git

QUESTIONS = "cookiecutter.json"
REQUIREMENTS = "requirements/service.txt"
UPDATE = "import os; print(os.environ['SERVICE'], os.environ['TO'])"
SAY = "import json, sys; print(json.dumps(sys.argv[1:]))"
"""Stands in for what would render a resource."""


class Repository:
    """A template's repository, in which each commit is a version."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        git(folder, "init", "--quiet", "--initial-branch=main")

    def release(self, version: str, *, updates: str = UPDATE, **files: str) -> str:
        """Commit a version, with files in the folder of the service; return its commit."""
        self.write(QUESTIONS, json.dumps({"_template_version": version}))
        earlier = self.folder / "CHANGELOG.md"
        text = earlier.read_text(encoding="utf-8") if earlier.is_file() else ""
        self.write("CHANGELOG.md", f"## {version} – 2026-12-01\n\n{text}")
        for name, content in files.items():
            self.write(f"{name}.txt", content)
        shutil.rmtree(self.folder / "updates", ignore_errors=True)
        if updates:
            self.write("updates/__main__.py", updates)
        self.write(REQUIREMENTS, "")
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--message", version)
        return git(self.folder, "rev-parse", "HEAD").strip()

    def write(self, name: str, content: str) -> None:
        """Write a file, which the next version has."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(content, encoding="utf-8")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "template")


@pytest.fixture
def service(
    tmp_path: Path,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A folder with what a template leaves in a service, at work in it."""
    folder = tmp_path / "service"
    folder.mkdir()
    for name in ("TEMPLATE", "ALLOW", "TO", "PLURAL", "DRY_RUN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.chdir(folder)
    settings = '[tool.cruft]\nskip = ["README.md", "docs", "*.local"]\n'
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    lines = []
    for name in ("app.py", "Makefile", "README.md"):
        (folder / name).write_text(name, encoding="utf-8")
        lines.append(f"644 {hashlib.sha256(name.encode()).hexdigest()} {name}\n")
    (folder / ".managed.sha256").write_text("".join(lines), encoding="utf-8")
    write_record(folder, commit=repository.release("1.0.0"))
    return folder


def write_record(service: Path, **changes: Any) -> None:
    record = {
        "template": str(service.parent / "template"),
        "commit": None,
        "checkout": None,
        "context": {"cookiecutter": {"_template_version": "1.0.0"}},
    }
    text = json.dumps({**record, **changes})
    (service / ".cruft.json").write_text(text, encoding="utf-8")


def run(command: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["service-template", command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.usefixtures("service")
def test_what_is_as_it_was_made_is_current(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", monkeypatch) == Finding.CURRENT

    output = capsys.readouterr().out
    assert "Managed files: all 2 are as the template made them" in output


def test_managed_files_that_were_changed_are_named(
    service: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (service / "README.md").write_text("the team's own", encoding="utf-8")
    (service / "app.py").chmod(0o755)
    (service / "Makefile").unlink()

    assert run("check", monkeypatch) == Finding.CHANGED

    output = capsys.readouterr().out
    assert "Managed files: 2 of 2" in output
    assert "  app.py\n" in output
    assert "  Makefile (deleted)\n" in output
    monkeypatch.setenv("ALLOW", "changes")
    assert run("check", monkeypatch) == Finding.CURRENT
    monkeypatch.setenv("ALLOW", "all")
    assert run("check", monkeypatch) == NOTHING_DONE
    assert "ALLOW=changes" in capsys.readouterr().err


def test_a_newer_release_is_something_to_do(
    service: Path,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    repository.release("1.1.0")
    repository.release("1.10.0")

    assert run("check", monkeypatch) == Finding.BEHIND

    assert "2 releases behind (1.10.0, 1.1.0)" in capsys.readouterr().out
    write_record(service)  # made outside of git: the version alone is known
    assert run("check", monkeypatch) == Finding.BEHIND


@pytest.mark.usefixtures("service")
def test_what_changes_no_service_is_nothing_newer(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.release("1.0.0", notes="more of the template's own documentation")

    assert run("check", monkeypatch) == Finding.CURRENT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"template": None}, "names no template"),
        ({"template": "/nowhere/template.git"}, "git fetch: "),
        ({"commit": "0" * 40}, "no commit 000000000000"),
        ({"context": {}}, "can't be used"),
    ],
)
def test_what_cannot_be_compared_says_why_and_still_names_changes(
    service: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
    reason: str,
) -> None:
    write_record(service, **changes)
    (service / "app.py").write_text("changed", encoding="utf-8")

    assert run("check", monkeypatch) == Finding.CHANGED | Finding.NOT_COMPARED

    output = capsys.readouterr().out
    assert "The version could not be compared: " in output
    assert reason in output
    assert "  app.py\n" in output


def test_git_error_shows_no_secrets_of_the_address(
    service: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_record(service, template="http://me:s3cret@127.0.0.1:1/t.git?key=s3cret")

    assert run("check", monkeypatch) == Finding.NOT_COMPARED

    output = capsys.readouterr().out
    assert "http://127.0.0.1:1/t.git" in output
    assert "s3cret" not in output


def test_without_digests_changes_are_not_known(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (service / ".managed.sha256").unlink()

    assert run("check", monkeypatch) == Finding.NOT_COMPARED


def test_the_wanted_template_updates_the_service(
    service: Path,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    wanted = repository.release("1.1.0")
    repository.release("1.2.0")
    monkeypatch.setenv("TO", wanted)

    assert run("update", monkeypatch) == os.EX_OK, capfd.readouterr().err

    assert capfd.readouterr().out.split() == [str(service), wanted]


def test_update_version_without_a_tag_uses_the_commit_of_the_changelog(
    service: Path,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    wanted = repository.release("1.1.0")
    repository.write("CHANGELOG.md", f"## 1.1.0 – 2026-12-01, commit {wanted}\n")
    repository.release("1.2.0")
    monkeypatch.setenv("TO", "1.1.0")

    assert run("update", monkeypatch) == os.EX_OK, capfd.readouterr().err

    assert capfd.readouterr().out.split() == [str(service), wanted]


def test_update_version_without_code_for_updates_is_left_to_the_newest(
    service: Path,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    wanted = repository.release("1.1.0", updates="")
    repository.release("1.2.0")
    monkeypatch.setenv("TO", wanted)

    assert run("update", monkeypatch) == os.EX_OK, capfd.readouterr().err

    assert capfd.readouterr().out.split() == [str(service), wanted]


@pytest.mark.usefixtures("service")
def test_a_version_that_is_not_there_is_refused_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TO", "9.9.9")

    assert run("update", monkeypatch) == NOTHING_DONE

    [line] = capsys.readouterr().err.splitlines()
    assert "9.9.9" in line


# Resources


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resource is asked for; a stand-in says what is handed on to cookiecutter."""
    (tmp_path / "cookiecutter").mkdir()
    (tmp_path / "cookiecutter" / "__init__.py").touch()
    (tmp_path / "cookiecutter" / "__main__.py").write_text(SAY, encoding="utf-8")
    monkeypatch.setattr(adding, "TEMPLATE", tmp_path)
    monkeypatch.setenv("NAME", "order")
    monkeypatch.setenv("FIELDS", "quantity:int:ge=1 note:str?")
    monkeypatch.setenv("OPTIONS", "no-owner")


@pytest.mark.usefixtures("asked")
def test_the_template_of_resources_is_given_what_was_asked_for(
    service: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRY_RUN", "1")

    assert run("resource", monkeypatch) == os.EX_OK, capfd.readouterr().err

    handed_on = json.loads(capfd.readouterr().out)
    assert handed_on[:4] == [".", "--directory", "resource", "--no-input"]
    assert handed_on[-6:] == [
        f"service={service}",
        "name=order",
        "plural=",
        "fields=quantity:int:ge=1 note:str?",
        "options=no-owner",
        "dry_run=yes",
    ]


@pytest.mark.usefixtures("service")
def test_who_stops_it_is_told_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def stop(*_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(adding, "add", stop)

    assert run("resource", monkeypatch) == 130
    assert capfd.readouterr() == ("", "")


def test_template_of_resources_lies_beside_the_package_in_a_checkout() -> None:
    assert (TEMPLATE / "resource" / "cookiecutter.json").is_file()
