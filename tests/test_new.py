"""`service-template new`: at a terminal, and from an installation, where there is no clone."""

import os
import sys
from pathlib import Path

import pytest

from service_template.matrix.service import Finished, last_line, run
from service_template.paths import TEMPLATE
from tests.conftest import copy_template, git, in_git
from tests.hooks import answers_of
from tests.terminal import typed

QUESTIONS_ASKED = 12


@pytest.fixture(autouse=True)
def nothing_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANSWERS", "OUTPUT", "CONFIG", "KEEP"):
        monkeypatch.delenv(name, raising=False)


def new(folder: Path, *lines: str, options: tuple[str, ...] = ("--no-verify",)) -> tuple[int, str]:
    """Answer the questions of `service-template new` in a folder."""
    command = [sys.executable, "-m", "service_template", "new", *options]
    variables = {"PYTHONPATH": str(TEMPLATE), "HOME": str(folder), "SERVICE_GIT": "none"}
    return typed(command, *lines, cwd=folder, **variables)


def lines(**answers: str) -> list[str]:
    """Return what is typed for each question: nothing takes the default."""
    asked = (
        *("project_name", "project_slug", "description", "author", "email", "database", "cache"),
        *("auth", "jobs", "deployment", "ci", "license", "confirm"),
    )
    return [line for name in asked for line in answers.get(name, "").split("\n")]


def test_question_is_asked_again_until_its_answer_is_fine(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    answers = lines(
        project_name="{{ 7 * 7 }}\nOrders",
        project_slug="taken\nOrders\norders",
        email="nobody\nme@example.com",
        database="9\n2",
    )

    status, screen = new(tmp_path, *answers)

    assert status == os.EX_OK, screen
    assert 'project_name "{{ 7 * 7 }}" is refused: it holds {{' in screen
    assert "taken is there already: choose another slug." in screen
    assert 'project_slug "Orders" is refused' in screen
    assert 'email "nobody" is refused' in screen
    assert f"[{QUESTIONS_ASKED}/{QUESTIONS_ASKED}]" in screen
    made = answers_of(tmp_path / "orders")
    assert made["project_name"] == "Orders"
    assert made["email"] == "me@example.com"
    assert made["database"] == "postgresql"


def test_what_will_be_made_is_shown_and_may_be_declined(tmp_path: Path) -> None:
    status, screen = new(tmp_path, *lines(project_name="Orders", database="2", confirm="n"))

    shown = screen.split(str(tmp_path / "orders"))[-1]
    assert "database      postgresql" in shown
    assert "prove         none" in shown
    assert status == 1
    assert "no service was made" in shown
    assert not (tmp_path / "orders").exists()
    again = "--answers 'prove=none project_name=Orders project_slug=orders"
    assert f"The same answers again: service-template new {again}" in shown


def test_defaults_of_a_house_are_offered_and_never_run(tmp_path: Path) -> None:
    config = tmp_path / "house.yaml"
    config.write_text(
        "default_context:\n  author: Acme\n  database: mysql\n  description: '{{ 7 * 7 }}'\n"
    )
    answers = lines(description="\nA service.")

    status, screen = new(tmp_path, *answers, options=("--no-verify", "--config-file", str(config)))

    assert 'description "{{ 7 * 7 }}" is refused' in screen
    assert "49" not in screen
    assert "(Acme)" in screen
    assert "1 - MySQL or MariaDB" in screen
    assert status == os.EX_OK
    made = answers_of(tmp_path / "my-service")
    assert [made[name] for name in ("author", "database")] == ["Acme", "mysql"]
    assert made["description"] == "A service."


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return in_git(copy_template(tmp_path_factory.mktemp("house") / "template"))


def uvx(repository: str, folder: Path, *words: str) -> Finished:
    """Run the command from an installation of its own."""
    uv = [sys.executable, "-m", "uv", "tool", "run", f"--python={sys.executable}"]
    without = ("PYTHONPATH", "VIRTUAL_ENV")
    unset = [f"--unset={name}" for name in without]
    return run(*("env", *unset, *uv, "--from", repository, "service-template", *words), cwd=folder)


@pytest.mark.parametrize("scheme", ["git+file://", ""])
def test_installation_makes_the_same_service_as_a_clone(
    repository: Path, tmp_path: Path, scheme: str
) -> None:
    answers = "database=mongodb auth=jwt deployment=kubernetes ci=gitlab _git=none"
    options = ("new", "--no-verify", "--answers", answers, "--output")
    clone = [sys.executable, "-m", "service_template", *options]

    by_clone = run(*clone, str(tmp_path / "a"), cwd=repository)
    installed = uvx(f"{scheme}{repository}", tmp_path, *options, "b")

    assert by_clone.returncode == installed.returncode == os.EX_OK, installed.stderr
    assert run("diff", "--recursive", "a", "b", cwd=tmp_path).stdout == ""
    record = (tmp_path / "b" / "my-service" / ".cruft.json").read_text("utf-8")
    assert f'"commit": "{git(repository, "rev-parse", "HEAD").strip()}"' in record
    assert (tmp_path / "b/my-service/.template").read_text("utf-8") == f"{repository}\n"


def test_installation_shows_a_fleet_and_refuses_what_takes_a_clone(
    repository: Path, tmp_path: Path
) -> None:
    place = f"git+file://{repository}"
    assert uvx(place, tmp_path, "new", "--no-verify", "--answers", "_git=none").returncode == 0
    (tmp_path / "services.txt").write_text("my-service\n")

    fleet = uvx(place, tmp_path, "fleet")
    refused = [uvx(place, tmp_path, command) for command in ("matrix", "docs")]

    assert fleet.returncode == os.EX_OK, fleet.stderr
    assert "sqlite memory none embedded" in fleet.stdout
    for done in refused:
        assert done.returncode != os.EX_OK
        assert "takes a clone of the template: run make " in last_line(done.stderr)
