"""Proving: the service's environment is made, its own tests pass, or it is not handed over."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from service_template.generation import verifying
from service_template.generation.project import Project, Run
from service_template.matrix.service import Finished, last_line, run
from service_template.paths import TEMPLATE
from tests.conftest import SKELETON, Cookiecutter, StubUv, git
from tests.hooks import FACTS, without_uv
from tests.test_ways_in import cruft


def test_each_step_says_how_long_it_took(tiny: Cookiecutter, stub_uv: StubUv) -> None:
    result = tiny(**stub_uv.variables())
    assert result.returncode == 0
    assert re.fullmatch(
        r"Proving My Service:\n"
        r"  environment … \d+\.\d s\n"
        r"  tests … \d+\.\d s \(3 passed\)\n"
        rf"\n{re.escape(str(tiny.service))} \(sqlite, memory, none, embedded; proven\)\n"
        rf"  cd {re.escape(str(tiny.service))}\n"
        r"  make run\n",
        result.stdout,
    )


@pytest.mark.parametrize(
    ("answer", "variable", "is_proven"),
    [("full", "full", True), ("none", "full", True), ("full", "none", False)],
)
def test_the_variable_wins_over_the_answer(
    tiny: Cookiecutter, stub_uv: StubUv, answer: str, variable: str, is_proven: bool
) -> None:
    variables = {**stub_uv.variables(), "SERVICE_PROVE": variable}
    result = tiny(f"prove={answer}", **variables)
    assert result.returncode == 0
    assert ("Proving" in result.stdout) is is_proven
    assert (tiny.service / ".venv").exists() is is_proven


def test_a_variable_that_is_neither_is_refused(tiny: Cookiecutter) -> None:
    result = tiny(SERVICE_PROVE="yes")
    assert result.returncode == 1
    assert "SERVICE_PROVE='yes' is refused: set it to full or none" in result.stderr
    assert list(tiny.output.iterdir()) == []


def test_failing_tests_show_their_end_and_how_to_repeat_them(
    tiny: Cookiecutter, stub_uv: StubUv
) -> None:
    failing = "seq 1 300; echo 'FAILED tests/test_a.py'; exit 1"
    result = tiny(**stub_uv.variables(tests=failing))
    assert result.returncode == 1
    assert "\n    299\n    300\n    FAILED tests/test_a.py\n" in result.stdout
    assert "\n    270\n" not in result.stdout
    assert "--keep-project-on-failure" in last_line(result.stderr)
    assert f"cd {tiny.service} && .venv/bin/python -m pytest" in last_line(result.stderr)
    assert "Traceback" not in result.stdout + result.stderr
    assert list(tiny.output.iterdir()) == []


def test_a_failed_project_can_be_kept_and_the_command_repeats_the_step(
    tiny: Cookiecutter, stub_uv: StubUv
) -> None:
    variables = stub_uv.variables(tests="echo once more; exit 7")
    result = tiny("--keep-project-on-failure", **variables)
    assert result.returncode == 1
    _, _, command = last_line(result.stderr).partition("repeat it with: ")
    again = run("sh", "-c", command, cwd=tiny.output, **variables)
    assert (again.returncode, again.stdout) == (7, "once more\n")


@pytest.mark.parametrize(
    "message",
    [
        "  Caused by: client error (Connect)\n  Caused by: dns error",
        "  Caused by: tcp connect error: Connection refused (os error 111)",
        "NewConnectionError: Failed to establish a new connection",
        "hint: Packages were unavailable because the network was disabled.",
        "operation timed out",
    ],
)
def test_no_network_is_named_with_the_two_ways_on(
    tiny: Cookiecutter, stub_uv: StubUv, message: str
) -> None:
    result = tiny(**stub_uv.variables(sync=f"echo '{message}'; false"))
    assert result.returncode == 1
    line = last_line(result.stderr)
    assert "could not be reached" in line
    assert "prove=none" in line
    assert "--keep-project-on-failure" in line
    assert list(tiny.output.iterdir()) == []


def test_another_failure_of_the_environment_is_not_taken_for_no_network(
    tiny: Cookiecutter, stub_uv: StubUv
) -> None:
    result = tiny(**stub_uv.variables(sync="echo 'No solution found'; false"))
    assert result.returncode == 1
    assert "    No solution found\n" in result.stdout
    assert "The environment step failed" in last_line(result.stderr)


def test_real_uv_without_a_network_is_recognised(cookiecutter: Cookiecutter) -> None:
    nowhere = "http://127.0.0.1:9/simple"  # the discard port: nobody listens
    result = cookiecutter(
        SERVICE_PROVE="full",
        UV_DEFAULT_INDEX=nowhere,
        UV_CACHE_DIR=str(cookiecutter.home / "cache"),
        UV_HTTP_RETRIES="0",
    )
    assert result.returncode == 1
    assert "could not be reached" in last_line(result.stderr)
    assert list(cookiecutter.output.iterdir()) == []


LEAKING = {
    "VIRTUAL_ENV": "/elsewhere",
    "PYTHONPATH": "/elsewhere",
    "PYTEST_ADDOPTS": "--nothing",
    "UV_PROJECT_ENVIRONMENT": "/elsewhere",
    "UV_FROZEN": "1",
    "COVERAGE_FILE": "/elsewhere",
    "GIT_DIR": "/elsewhere",
}
WANTED = {"UV_DEFAULT_INDEX": "https://example.com/simple", "UV_CACHE_DIR": "/c", "LANG": "C"}


def test_what_was_meant_for_another_project_does_not_leak_in(
    tiny: Cookiecutter, stub_uv: StubUv
) -> None:
    variables = stub_uv.variables(tests="env > seen; echo '1 passed'")
    result = tiny(**variables, **{**LEAKING, "PYTHONPATH": str(TEMPLATE)}, **WANTED)
    assert result.returncode == 0, result.stderr
    lines = (tiny.service / "seen").read_text(encoding="utf-8").splitlines()
    seen = dict(line.split("=", 1) for line in lines if "=" in line)
    assert not LEAKING.keys() & seen.keys()
    assert WANTED.items() <= seen.items()


@pytest.mark.parametrize(("least", "python"), [("3.11", sys.executable), ("3.99", ">=3.99")])
def test_a_python_that_is_too_old_is_left_to_uv(tmp_path: Path, least: str, python: str) -> None:
    answers = {"_house": {"python_min": least}}
    project = Project(tmp_path, None, answers, Run(**FACTS))
    assert verifying.suitable_python(project) == python


TINY_PROJECT = """
[project]
name = "my-service"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["idna"]

[dependency-groups]
dev = ["pytest", "pytest-xdist"]

[tool.uv]
package = false
"""


def test_without_uv_the_environment_is_made_by_venv_and_pip(
    tiny: Cookiecutter, tiny_template: Path, tmp_path: Path
) -> None:
    skeleton = tiny_template / SKELETON.name
    (skeleton / "pyproject.toml").write_text(TINY_PROJECT, encoding="utf-8")
    (skeleton / "test_tiny.py").write_text("def test_tiny() -> None:\n    import idna\n")
    python = tmp_path / "no-uv" / "bin" / "python"
    uv = [sys.executable, "-m", "uv"]
    assert run(*uv, "venv", tmp_path / "no-uv", cwd=tmp_path).returncode == 0
    install = ["pip", "install", "--python", str(python), "cookiecutter~=2.7"]
    assert run(*uv, *install, cwd=tmp_path).returncode == 0
    result = run(
        python, "-m", "cookiecutter", tiny_template, "--no-input",
        cwd=tiny.output, HOME=str(tiny.home), PATH=without_uv(),
        SERVICE_PROVE="full",
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "(sqlite, memory, none, embedded; proven)" in result.stdout
    assert "(1 passed)" in result.stdout
    assert (tiny.service / "uv.lock").is_file()


def test_the_hook_pins_the_uv_of_the_template() -> None:
    pinned = (TEMPLATE / "requirements" / "service.txt").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(verifying.UV)}\b", pinned, re.MULTILINE)


# The cause of a failure

TINY_SUITE = """
import pytest


def test_one():
    pass


class TestOrders:
    @pytest.mark.parametrize("size", ["very large"])
    def test_two(self, size):
        values = {"a": 1}
        assert values == {"a": 2}
"""


@pytest.fixture
def tested(tiny: Cookiecutter, stub_uv: StubUv) -> Callable[..., Finished]:
    """Makes a tiny service with a suite of its own, run by the real pytest."""

    def make(suite: str, *arguments: str, conftest: str = "", **variables: str) -> Finished:
        tests = tiny.template / SKELETON.name / "tests"
        tests.mkdir()
        (tests / "test_orders.py").write_text(suite, encoding="utf-8")
        (tests / "conftest.py").write_text(conftest, encoding="utf-8")
        (tests.parent / "pytest.toml").write_text(
            '[pytest]\ntestpaths = ["tests"]\ntimeout = "2"\ntimeout_method = "thread"\n'
        )
        real = f'exec {sys.executable} "$@"'
        return tiny(*arguments, **{**stub_uv.variables(tests=real), **variables})

    return make


def shown_of(result: Finished) -> list[str]:
    """Return the lines that the hook shows of failed tests, and not those of cookiecutter."""
    [_, after] = result.stdout.split("tests … failed\n")
    return [line.strip() for line in after.splitlines() if line.startswith("    ")]


def test_failing_test_is_named_with_its_file_and_its_exception_first(
    tiny: Cookiecutter, tested: Callable[..., Finished]
) -> None:
    result = tested(TINY_SUITE)

    assert result.returncode == 1
    assert shown_of(result) == [
        "tests/test_orders.py",
        "test_two[very large]",
        "AssertionError: assert {'a': 1} == {'a': 2}",
    ]
    assert "Traceback" not in result.stdout + result.stderr
    assert "=====" not in result.stdout
    assert last_line(result.stderr) == (
        "1 of 2 tests failed; `make test` shows all. Run the same command again with "
        f"--keep-project-on-failure, then repeat the first with: cd {tiny.service} && "
        ".venv/bin/python -m pytest 'tests/test_orders.py::TestOrders::test_two[very large]'"
    )
    assert list(tiny.output.iterdir()) == []


def test_failing_test_of_a_kept_project_can_be_repeated_by_the_command(
    tiny: Cookiecutter, tested: Callable[..., Finished]
) -> None:
    result = tested(TINY_SUITE, "--keep-project-on-failure")

    _, _, command = last_line(result.stderr).partition("repeat the first with: ")
    again = run("sh", "-c", command, cwd=tiny.output, STUB_TESTS=f'exec {sys.executable} "$@"')
    assert again.returncode == 1
    assert "1 failed in" in again.stdout
    assert not (tiny.service / ".venv" / "tests.xml").exists()


CAUSES = {
    "setup": (
        "import pytest\n\n@pytest.fixture\ndef broken():\n    raise OSError('no port')\n\n"
        "def test_one(broken):\n    pass\n",
        "",
        ["tests/test_orders.py", "test_one", "OSError: no port"],
    ),
    "import": (
        "import not_there\n",
        "",
        ["tests/test_orders.py", "ModuleNotFoundError: No module named 'not_there'"],
    ),
    "syntax": ("def f(: pass\n", "", ["tests/test_orders.py", "SyntaxError: invalid syntax"]),
    "cause of a cause": (
        "def test_one():\n    try:\n        1 / 0\n    except ZeroDivisionError as error:\n"
        "        raise KeyError('x') from error\n",
        "",
        ["tests/test_orders.py", "test_one", "KeyError: 'x'"],
    ),
    "time-out": (
        "import time\n\ndef test_one():\n    time.sleep(60)\n",
        "",
        [
            "tests/test_orders.py",
            "test_one",
            "Its process ended: a time-out, too little memory, or a crash.",
        ],
    ),
    "killed": (
        "import os\n\ndef test_one():\n    os.kill(os.getpid(), 9)\n",
        "",
        [
            "tests/test_orders.py",
            "test_one",
            "Its process ended: a time-out, too little memory, or a crash.",
        ],
    ),
}


@pytest.mark.parametrize("what", CAUSES)
def test_failing_test_of_any_kind_is_named_with_its_cause(
    tested: Callable[..., Finished], what: str
) -> None:
    suite, conftest, expected = CAUSES[what]

    result = tested(suite, conftest=conftest)

    assert shown_of(result) == expected
    assert len(result.stderr.splitlines()) == 1
    assert re.match(r"\d of \d tests? failed", result.stderr)


EXIT = 'import pytest\n\ndef {}(*_):\n    pytest.exit("mongod cannot start: no libcurl.so.4", 3)\n'

EXIT_OF_A_WORKER = """
import os

def pytest_unconfigure():
    os.write(2, b"Exit: mongod cannot start: no libcurl.so.4\\n")
"""


@pytest.mark.parametrize(
    ("conftest", "cause", "shows_lines"),
    [
        (EXIT_OF_A_WORKER, "mongod cannot start: no libcurl.so.4", False),
        (EXIT.format("pytest_configure"), "mongod cannot start: no libcurl.so.4", False),
        (EXIT.format("pytest_sessionstart"), "mongod cannot start: no libcurl.so.4", False),
        ("import not_there\n", "ModuleNotFoundError: No module named 'not_there'", True),
        (
            "import pytest\n\ndef pytest_configure():\n    raise pytest.UsageError('not so')\n",
            "not so",
            True,
        ),
    ],
    ids=["exit of a worker", "exit while configuring", "exit at the start", "conftest", "usage"],
)
def test_tests_that_cannot_run_say_why_first(
    tiny: Cookiecutter,
    tested: Callable[..., Finished],
    conftest: str,
    cause: str,
    shows_lines: bool,
) -> None:
    result = tested(TINY_SUITE, conftest=conftest)

    assert result.returncode == 1
    [line] = result.stderr.splitlines()
    assert line.startswith(f"{cause}. The tests step failed. Run the same command again with ")
    assert bool(shown_of(result)) is shows_lines
    assert list(tiny.output.iterdir()) == []


@pytest.mark.parametrize("step", ["sync", "tests"])
def test_step_that_is_killed_says_so_first(tiny: Cookiecutter, stub_uv: StubUv, step: str) -> None:
    result = tiny(**stub_uv.variables(**{step: "echo once; kill -9 $$"}))

    assert last_line(result.stderr).startswith(
        "The process was ended by SIGKILL, maybe as memory ran out. The "
    )


def test_real_uv_without_a_solution_says_why_first(tiny: Cookiecutter) -> None:
    project = TINY_PROJECT.replace('"idna"', '"idna>2,<1"')
    (tiny.template / SKELETON.name / "pyproject.toml").write_text(project, encoding="utf-8")

    result = tiny(SERVICE_PROVE="full")

    assert result.returncode == 1
    assert last_line(result.stderr).startswith("No solution found when resolving dependencies: ")
    assert "idna<1 and idna>2" in last_line(result.stderr)


OUTPUTS = {
    "venv": (
        "The virtual environment was not created successfully because ensurepip is not\n"
        "available.  On Debian/Ubuntu systems, you need to install the python3-venv\n\n"
        "Failing command: ['/tmp/x/.venv/bin/python3']",
        "Python's venv does not work here; on Debian and Ubuntu, install python3-venv",
    ),
    "credentials": (
        "error: No solution found when resolving dependencies\n"
        "  cause: Because idna was not found in the package registry …\n\n"
        "hint: An index URL (https://example.com/simple) could not be queried due to a lack of "
        "valid authentication credentials (401 Unauthorized)",
        "No solution found when resolving dependencies: An index URL (https://example.com/simple) "
        "could not be queried due to a lack of valid authentication credentials (401 Unauthorized)",
    ),
    "server error": (
        "Using CPython 3.11\nerror: Failed to fetch: https://example.com/simple/idna/\n"
        "  cause: HTTP status server error (500 Internal Server Error) for url (…)",
        "Failed to fetch: https://example.com/simple/idna/: "
        "HTTP status server error (500 Internal Server Error) for url (…)",
    ),
    "an older uv": (
        "error: Failed to fetch: `https://example.com`\n  Caused by: a\n  Caused by: b",
        "Failed to fetch: `https://example.com`: b",
    ),
    "pip": (
        "ERROR: Could not find a version that satisfies the requirement uv==1\nERROR: No match",
        "Could not find a version that satisfies the requirement uv==1",
    ),
    "something else": ("one\ntwo\n", "two"),
    "nothing": ("", "Exit status 1, without a word"),
}


@pytest.mark.parametrize("what", OUTPUTS)
def test_cause_of_a_failure_is_one_line_of_its_output(what: str) -> None:
    output, cause = OUTPUTS[what]

    assert verifying.cause_in(output.splitlines(), 1) == cause


# The way on


def test_make_service_that_fails_advises_its_own_way_to_keep(
    stub_uv: StubUv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = str(tmp_path / "output")
    monkeypatch.setenv("SERVICE_WAY_IN", "make")
    make = [sys.executable, "-m", "service_template", "new"]

    failed = run(*make, cwd=TEMPLATE, OUTPUT=output, **stub_uv.variables(tests="false"))
    kept = run(*make, cwd=TEMPLATE, OUTPUT=output, KEEP="1", **stub_uv.variables(tests="false"))
    no_network = {"sync": "echo dns error; false"}
    offline = run(*make, cwd=TEMPLATE, OUTPUT=output, ANSWERS="project_slug=other",
                  **stub_uv.variables(**no_network))  # fmt: skip

    assert "Run make service again with KEEP=1, then repeat it with: cd " in failed.stderr
    assert "To look into it, repeat it with: cd " in kept.stderr
    assert 'unproven with ANSWERS="prove=none", or run make service again with KEEP=1' in (
        offline.stderr
    )
    assert "--keep-project-on-failure" not in failed.stderr + kept.stderr + offline.stderr


def test_backstage_run_that_fails_advises_a_run_elsewhere(stub_uv: StubUv, tmp_path: Path) -> None:
    workflow = yaml.safe_load((TEMPLATE / ".github/workflows/service.yml").read_text("utf-8"))
    [step] = [one for one in workflow["jobs"]["service"]["steps"] if one.get("env", {}).get("FORM")]
    variables = {**stub_uv.variables(tests="false"), "OUTPUT": str(tmp_path / "output")}
    variables["SERVICE_WAY_IN"] = step["env"]["SERVICE_WAY_IN"]

    failed = run(sys.executable, "-m", "service_template", "new", cwd=TEMPLATE, **variables)

    assert "Run make service in a clone of the template, with the answers of the form and " in (
        failed.stderr
    )


def test_cruft_create_that_fails_advises_what_cruft_can_do(
    tiny: Cookiecutter, stub_uv: StubUv
) -> None:
    git(tiny.template, "init", "--quiet")
    git(tiny.template, "add", "--all")
    git(tiny.template, "commit", "--quiet", "--message=The template")
    create = ("create", f"file://{tiny.template}", "--no-input")

    failed = cruft(tiny.output, *create, **stub_uv.variables(tests="false"))
    assert failed.returncode == 1
    assert not tiny.service.exists()
    assert 'Run cruft create again with --extra-context \'{"prove": "none"}\' and ' in failed.stderr
    made = cruft(tiny.output, *create, "--extra-context", '{"prove": "none"}')

    assert made.returncode == 0, made.stderr
    assert tiny.service.is_dir()


def test_overwrite_that_fails_advises_a_new_folder(tiny: Cookiecutter, stub_uv: StubUv) -> None:
    assert tiny().returncode == 0

    failed = tiny("--overwrite-if-exists", **stub_uv.variables(tests="false"))

    assert "--keep-project-on-failure, into a new folder, then " in last_line(failed.stderr)
