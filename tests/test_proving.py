"""Proving: the service's environment is made, its own tests pass, or it is not handed over."""

import re
import sys
from pathlib import Path

import pytest

from proof.combinations import TEMPLATE
from proof.service import last_line, run
from tests.conftest import SKELETON, Cookiecutter, StubUv
from tests.hooks import loaded, rendered, without_uv


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


def test_a_python_that_is_too_old_is_left_to_uv(tmp_path: Path) -> None:
    hook = loaded(rendered("post_gen_project", tmp_path))
    assert hook.suitable_python() == sys.executable
    hook.ANSWERS["_house"]["python_min"] = "3.99"
    assert hook.suitable_python() == ">=3.99"


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


def test_the_hook_pins_the_uv_of_the_template(tmp_path: Path) -> None:
    hook = loaded(rendered("post_gen_project", tmp_path))
    pinned = (TEMPLATE / "requirements" / "service.txt").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(hook.UV)}\b", pinned, re.MULTILINE)
