"""Every service is born green: combinations that hold each pair of choices, by every gate.

Which choices go together is in `COVERING`. The own tests of those in `TESTED` run on real servers, once:
those of the smallest have passed where `make service` made it, on each Python, in `test_first_run.py`.
"""

import itertools
import sys
from pathlib import Path

import pytest

from service_template.matrix import gates
from service_template.matrix.combinations import (
    COVERING,
    EVERY,
    OPTIONS,
    QUESTIONS,
    SLOW,
    STATIC,
    TESTED,
    Choices,
    named,
)
from service_template.matrix.gates import GATES, Gate
from service_template.matrix.service import Service, run
from service_template.matrix.serving import answers_of_running
from service_template.options import TOGETHER, folders_for, is_laid
from tests.conftest import SKELETON, Bake, files_for_git

PRE_COMMIT = str(Path(sys.executable).with_name("pre-commit"))
OTHER_GATES = [gate for gate in GATES if gate.name not in {"tests", "coverage"}]

each_combination = pytest.mark.parametrize("answers", COVERING, ids=" ".join)
each_tested_here = pytest.mark.parametrize("answers", TESTED[1:], ids=" ".join)
on_each_database = pytest.mark.parametrize("answers", SLOW, ids=" ".join)


def test_every_pair_of_choices_is_in_one_of_the_combinations() -> None:
    for first, second in itertools.combinations(OPTIONS, 2):
        pairs = {(named(row)[first], named(row)[second]) for row in COVERING}
        assert pairs == set(itertools.product(QUESTIONS[first], QUESTIONS[second]))


def test_every_pair_that_has_files_of_its_own_is_tested_on_a_server() -> None:
    of_deployment = {*TOGETHER, *(choice for question in STATIC for choice in QUESTIONS[question])}
    files = [path.relative_to(SKELETON) for path in SKELETON.glob("_options/*/*/_with/**/*.py")]
    files = [file for file in files if not of_deployment & set(file.parts)]

    assert len({file.parts[1:5] for file in files}) >= 7
    for file in files:
        assert any(is_laid(file, folders_for(named(row))) for row in TESTED), file


def test_every_pair_of_cache_log_in_and_jobs_is_tested_on_a_server() -> None:
    for first, second in itertools.combinations(OPTIONS[1:], 2):
        pairs = {(named(row)[first], named(row)[second]) for row in TESTED}
        assert pairs == set(itertools.product(QUESTIONS[first], QUESTIONS[second]))
    assert {row[0] for row in TESTED} == set(QUESTIONS["database"])


def test_every_choice_is_in_one_of_the_combinations_with_slow_tests() -> None:
    assert {choice for row in SLOW for choice in row} == {choice for row in EVERY for choice in row}
    assert set(SLOW) <= set(TESTED)


@each_combination
@pytest.mark.parametrize("gate", OTHER_GATES, ids=lambda gate: gate.name)
def test_every_gate_is_green(made: Service, answers: Choices, gate: Gate) -> None:
    assert gate.check(made, answers) == ""


@each_tested_here
def test_its_own_tests_pass(complaint_of_its_tests: str) -> None:
    assert complaint_of_its_tests == ""


@on_each_database
def test_its_own_tests_reach_its_code(tested: Service, answers: Choices) -> None:
    assert gates.check_coverage(tested, answers) == ""


@on_each_database
def test_its_slow_tests_are_green(made: Service, answers: Choices) -> None:
    """Kills, outages, fuzzing: once on each database, with each other choice somewhere."""
    assert gates.SLOW.check(made, answers) == ""


@on_each_database
def test_its_own_tests_ran_on_a_real_server(tested: Service) -> None:
    users = "app/repositories/database/users.py"
    covered = tested.tool("coverage", "report", f"--include={users}", "--format=total")
    assert covered.stdout == "100\n"


@each_combination
def test_its_lock_file_is_current(made: Service) -> None:
    assert made.tool("uv", "lock", "--check", "--offline").returncode == 0


@on_each_database
@pytest.mark.parametrize("tool", [".venv/bin/prek", PRE_COMMIT], ids=["prek", "pre-commit"])
def test_its_pre_commit_file_changes_nothing(made: Service, tmp_path: Path, tool: str) -> None:
    service = made.copy_to(tmp_path)
    assert run("git", "init", "--quiet", cwd=service.path).returncode == 0
    assert run("git", "add", "--all", cwd=service.path).returncode == 0
    home = dict.fromkeys(("PRE_COMMIT_HOME", "PREK_HOME"), str(tmp_path / "home"))

    valid = service.run(tool, "validate-config", ".pre-commit-config.yaml", **home)
    with service.type_cache() as variables:
        result = service.run(tool, "run", "--all-files", **home, **variables)

    assert valid.returncode == 0, valid.stdout + valid.stderr
    assert "warning" not in (valid.stdout + valid.stderr).lower()
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Skipped" not in result.stdout
    assert run("git", "diff", "--stat", cwd=service.path).stdout == ""
    (service.path / "Makefile").write_text("all: \n", encoding="utf-8")
    failing = service.run(tool, "run", "--all-files", "trailing-whitespace", **home)
    assert failing.returncode == 1
    assert service.read("Makefile") == "all:\n"


@each_tested_here
def test_its_tests_leave_nothing_for_git_but_the_lock_file(
    bake: Bake, tested: Service, answers: Choices, tmp_path: Path
) -> None:
    service = tested.copy_to(tmp_path)

    assert files_for_git(service.path) == {*bake(**named(answers)).files(), "uv.lock"}


@pytest.mark.parametrize("answers", COVERING[:2], ids=" ".join)
def test_make_run_serves_it(made: Service) -> None:
    paths = ["/readyz", "/docs", "/openapi.json"]

    assert answers_of_running(made, paths, "exec make run") == dict.fromkeys(paths, 200)
