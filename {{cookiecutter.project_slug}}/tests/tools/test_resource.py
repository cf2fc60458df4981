"""What `make resource` asks of the template that made this service."""

import json
import os
from pathlib import Path

import pytest

from tests.tools.test_template import Repository, write_record
from tools import resource

SAY = "import json, sys; print(json.dumps(sys.argv[1:]))"
"""Stands in a template for what would add a resource."""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that says where its template is, at work in it."""
    folder = tmp_path / "service"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.chdir(folder)
    for name in ("TEMPLATE", "TO", "PLURAL", "DRY_RUN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NAME", "order")
    monkeypatch.setenv("FIELDS", "quantity:int:ge=1 note:str?")
    monkeypatch.setenv("OPTIONS", "no-owner")
    return folder


@pytest.fixture
def repository(tmp_path: Path, git_command: Path) -> Repository:
    return Repository(tmp_path / "template", git_command)


def test_the_template_as_it_was_is_given_what_was_asked_for(
    service: Path,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    repository.write("cookiecutter/__main__.py", SAY)
    repository.write("resource/cookiecutter.json", "{}")
    write_record(service, commit=repository.release("1.0.0"))
    repository.write("cookiecutter/__main__.py", "raise SystemExit('this is newer')")
    repository.release("2.0.0")
    monkeypatch.setenv("DRY_RUN", "1")

    assert resource.main() == os.EX_OK, capfd.readouterr().err

    asked = json.loads(capfd.readouterr().out)
    assert asked[:4] == [".", "--directory", "resource", "--no-input"]
    assert asked[-6:] == [
        f"service={service}",
        "name=order",
        "plural=",
        "fields=quantity:int:ge=1 note:str?",
        "options=no-owner",
        "dry_run=yes",
    ]


def test_a_template_that_adds_no_resources_says_so_in_a_line(
    service: Path,
    repository: Repository,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_record(service, commit=repository.release("1.0.0"))

    assert resource.main() == 1

    [line] = capsys.readouterr().err.splitlines()
    assert "Template 1.0.0 adds no resources" in line


@pytest.mark.usefixtures("service")
def test_who_stops_it_is_told_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_service: Path) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(resource, "add", stop)

    assert resource.main() == 130
