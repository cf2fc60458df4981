"""A company makes the template its own in a fork, and later versions merge into it."""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from service_template.matrix.combinations import COVERING, QUESTIONS, named
from service_template.matrix.gates import GATES, complaint_of_tests
from service_template.matrix.service import Service, run
from tests.conftest import (
    SKELETON,
    Bake,
    copy_template,
    git,
    once,
    replace,
    skip_what_is_not_offered,
)

QUESTIONS_OF_THE_HOUSE: dict[str, Any] = {
    "database": ["postgresql"],
    "license": ["Proprietary"],
}
STANDARDS: dict[str, Any] = {
    "line_length": 100,
    "coverage_floor": 90,
    "base_image": "registry.example.com/base/python:3.13",
    "registry": "registry.example.com/services",
    "codeowners": ["@acme/platform"],
    "dependencies": ["ecs-logging~=2.2"],
}
PROVEN = "postgresql memory none embedded"
OTHER_GATES = " ".join(gate.name for gate in GATES if gate.name not in {"tests", "coverage"})
OF_A_HOUSE = (
    "tests/architecture",
    "tests/deploy",
    "tests/api/test_users.py",
    "tests/core/test_settings.py",
    "tests/integration/test_migrations.py",
    "tests/unit/test_dashboards.py",
)
"""Tests of a service that read files other than code, or run tools with its settings."""
VERSION = QUESTIONS["_template_version"]


@pytest.fixture(scope="session")
def fork(shared_folder: Path) -> Path:
    """A clone of the template with a house's edits, into which a later version was merged."""
    skip_what_is_not_offered({"database": "postgresql"})
    return Path(once(shared_folder / "fork", lambda: str(make_fork(shared_folder / "fork"))))


def make_fork(folder: Path) -> Path:
    upstream, fork = copy_template(folder / "template"), folder / "clone"
    git(upstream, "init", "--quiet", "--initial-branch=main")
    commit(upstream, "The template")
    git(upstream, "clone", "--quiet", str(upstream), str(fork))
    for name, value in (QUESTIONS_OF_THE_HOUSE | STANDARDS).items():
        set_line(fork / "cookiecutter.json", name, value)
    write_form(fork)
    commit(fork, "The house")
    write_a_later_version(upstream)
    commit(upstream, "A later version")
    git(fork, "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
    return fork


def write_form(template: Path) -> None:
    written = run(sys.executable, "-m", "service_template.backstage", cwd=template)
    assert written.returncode == 0, written.stderr


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={message}")


def set_line(path: Path, name: str, value: object) -> None:
    text, count = re.subn(
        rf'^( *"{name}": )[^{{\n]*?(,?)$',
        lambda line: f"{line[1]}{json.dumps(value)}{line[2]}",
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    assert count == 1, name
    path.write_text(text, encoding="utf-8")


def put_before(path: Path, mark: str, text: str) -> None:
    replace(path, mark, text + mark)


def write_a_later_version(template: Path) -> None:
    """Add a question, a standard and a Python; change a file that every service has."""
    questions = template / "cookiecutter.json"
    set_line(questions, "_template_version", "9.0.0")
    replace(template / "pyproject.toml", f'version = "{VERSION}"', 'version = "9.0.0"')
    put_before(template / "CHANGELOG.md", f"## {VERSION} ", "## 9.0.0 – unreleased\n\n")
    set_line(questions, "python_versions", ["3.11", "3.12", "3.13", "3.14", "3.15"])
    put_before(questions, '    "log_levels": ', '    "page_size": 50,\n\n')
    put_before(
        questions,
        '  "deployment": [',
        '  "queue": ["none", "rabbitmq"],\n'
        '  "__check_queue": "{{ cookiecutter.queue | check_answer(\'queue\') }}",\n\n',
    )
    put_before(
        questions,
        '    "deployment": {',
        '    "queue": {"__prompt__": "Queue", "none": "None", "rabbitmq": "RabbitMQ"},\n',
    )
    put_before(
        template / "service_template" / "answers" / "house.py",
        '    "log_levels": (',
        '    "page_size": ("a whole number from 1 to 100", _whole_number(1, 100)),\n',
    )
    for choice in ("none", "rabbitmq"):
        page = template / SKELETON.name / f"_options/queue/{choice}/docs/decisions/queue.md"
        page.parent.mkdir(parents=True)
        page.write_text("# Queues\n", encoding="utf-8")
    for name, line in (
        ("AGENTS.md", "- Pages have {{ cookiecutter._house.page_size }} entries."),
        ("docs/decisions/README.md", "| [Queues](queue.md) | what waits |"),
    ):
        with (template / SKELETON.name / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    write_form(template)


def test_a_later_version_merges_and_the_house_is_as_it_was(fork: Path) -> None:
    write_form(fork)
    assert git(fork, "status", "--porcelain") == ""
    questions = json.loads((fork / "cookiecutter.json").read_text(encoding="utf-8"))
    house = questions["_house"]

    assert {name: questions[name] for name in QUESTIONS_OF_THE_HOUSE} == QUESTIONS_OF_THE_HOUSE
    assert {name: house[name] for name in STANDARDS} == STANDARDS
    assert house["page_size"] == 50
    assert house["python_versions"][-1] == "3.15"
    assert questions["queue"] == ["none", "rabbitmq"]


@pytest.fixture(scope="session")
def proven(fork: Path) -> Service:
    """A service of the fork that has passed every gate, and those of its own tests that may fail.

    The others are about code alone, which is that of a service of the template: they pass there.
    """

    def prove() -> str:
        environment = {"ONLY": PROVEN, "SHARD": "", "SLOW": "", "JOBS_AT_ONCE": "1"}
        environment["GATE"] = OTHER_GATES
        result = run(sys.executable, "-m", "service_template", "matrix", cwd=fork, **environment)
        assert result.returncode == 0, result.stdout + result.stderr
        return str(fork / ".proof" / "services" / PROVEN.replace(" ", "-") / "my-service")

    path = Path(once(fork.with_name("proven"), prove))
    service = Service(path, (path / ".venv").readlink())
    tried = once(fork.with_name("tried"), lambda: complaint_of_tests(service, *OF_A_HOUSE))
    assert tried == ""
    return service


def test_its_services_have_the_code_of_the_template(proven: Service, bake: Bake) -> None:
    """The template proves this code: a fork's service has the same, to the byte."""
    theirs, ours = (
        {name: text for name, text in service.files().items() if name.endswith(".py")}
        for service in (proven, bake(**named(tuple(PROVEN.split()))))
    )

    assert theirs == ours
    assert tuple(PROVEN.split()) in COVERING


def test_its_services_are_green_and_have_what_the_house_wants(proven: Service) -> None:
    project = proven.read("pyproject.toml")
    assert "\nline-length = 100\n" in project
    assert "\nfail_under = 90\n" in project
    assert proven.tool("python", "-c", "import ecs_logging").returncode == 0
    assert "All rights reserved" in proven.read("LICENSE")
    assert f"\nARG BASE={STANDARDS['base_image']}\n" in proven.read("Dockerfile")
    assert f"\n  image: {STANDARDS['registry']}/my-service\n" in proven.read("compose.yaml")
    assert "\n* @acme/platform\n" in proven.read(".github/CODEOWNERS")
    locked = proven.run(sys.executable, "-m", "uv", "lock", "--check")
    assert locked.returncode == 0, locked.stderr


def test_its_services_have_what_the_later_version_brought(proven: Service) -> None:
    assert proven.read("AGENTS.md").endswith("- Pages have 50 entries.\n")
    assert proven.read("docs/decisions/queue.md") == "# Queues\n"
    assert '"Programming Language :: Python :: 3.14"' in proven.read("pyproject.toml")
    assert proven.answers()["_template_version"] == "9.0.0"


OF_CHOICES = "not hangs_is_named and not names_them_first and not every_line_length"


def test_the_templates_own_tests_know_what_the_house_offers(fork: Path) -> None:
    """Those of choices that it does not offer are skipped, none fails.

    Left out are those that need an environment, and line lengths: they are of no choice.
    """
    files = ["tests/test_house.py", "tests/test_choosing.py", "tests/test_proof.py"]
    command = ["-m", "pytest", "-q", "--numprocesses=0", f"-k={OF_CHOICES}", *files]
    without_workers = [name for name in os.environ if name.startswith("PYTEST_")]
    result = run(
        "env", *(f"--unset={name}" for name in without_workers), sys.executable, *command, cwd=fork
    )

    assert result.returncode == 0, result.stdout
    assert re.search(r"\d+ passed, \d+ skipped", result.stdout)
