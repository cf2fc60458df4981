"""The page about the first ten minutes is followed to the letter, on a service as it is made."""

import ast
import re
import shlex
from pathlib import Path

import pytest

from service_template.matrix.combinations import DEFAULTS, OPTIONS, Choices
from service_template.matrix.gates import GATES, complaint
from service_template.matrix.service import Service, run
from service_template.paths import TEMPLATE

PAGE = (TEMPLATE / "docs" / "first-ten-minutes.md").read_text(encoding="utf-8")
STEPS = re.findall(
    r"^behind `(\w+)` in `([\w/.]+)`:\n\n```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL
)
[CLONE] = re.findall(r"^\$ (git clone .+)$", PAGE, re.MULTILINE)
[TESTS] = re.findall(r"^\$ (\.venv/bin/python -m pytest .+)$", PAGE, re.MULTILINE)

by_default = pytest.mark.parametrize(
    "answers", [tuple(DEFAULTS[option] for option in OPTIONS)], ids=" ".join
)


@pytest.fixture
def followed(made: Service, tmp_path: Path) -> Service:
    """The service, with the endpoint of the page."""
    service = made.copy_to(tmp_path)
    for function, file, code in STEPS:
        write_behind(service, function, file, code)
    return service


def write_behind(service: Service, function: str, file: str, code: str) -> None:
    """Add code to a file of a service, behind a function, a method or what a class has."""
    text = service.read(file)
    [end] = [
        node.end_lineno or 0
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name == function
    ]
    lines = text.splitlines(keepends=True)
    lines.insert(end, f"\n{code}" if code.startswith(" ") else f"\n\n{code}")
    (service.path / file).write_text("".join(lines), encoding="utf-8")


def test_all_of_its_code_is_written() -> None:
    assert len(STEPS) == PAGE.count("```python\n")


def test_a_clone_is_where_it_says(repository: Path, tmp_path: Path) -> None:
    command = CLONE.replace("PATH-OR-URL-OF-THIS-REPOSITORY", shlex.quote(str(repository)))

    assert complaint(run("bash", "-c", command, cwd=tmp_path)) == ""

    assert (tmp_path / "template" / "Makefile").is_file()


@by_default
def test_its_endpoint_is_as_good_as_those_of_the_template(
    followed: Service, answers: Choices
) -> None:
    assert complaint(followed.run("bash", "-c", TESTS)) == ""
    for gate in GATES:
        if gate.name in {"lint", "format", "types", "layers", "dead"}:
            assert gate.check(followed, answers) == ""
    assert said_of_interface(followed) == ""


@by_default
def test_an_answer_that_it_does_not_document_is_noticed(followed: Service) -> None:
    routes = followed.path / "app" / "api" / "routes" / "users.py"
    text = routes.read_text(encoding="utf-8")
    documented = 'responses=versioned(NotFound("user")),'
    assert documented in text
    without = documented.replace("versioned", "problems")
    routes.write_text(text.replace(documented, without), encoding="utf-8")

    assert "/reactivation" in said_of_interface(followed)


def said_of_interface(service: Service) -> str:
    """Return what a service's tests complain of that are about all of its endpoints."""
    tests = ("tests/architecture", "tests/api/test_openapi.py", "tests/api/test_fuzz.py")
    return complaint(service.tool("python", "-m", "pytest", "-q", *tests))
