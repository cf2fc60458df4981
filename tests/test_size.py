"""How large a service is, and a resource: whoever makes them larger sees it here.

The figures are lines of Python. Lower them when the code shrinks.
"""

import re
from pathlib import Path

import pytest

from service_template.matrix.combinations import OPTIONS, Choices
from service_template.matrix.service import run
from service_template.paths import TEMPLATE
from tests.conftest import SKELETON, Bake, MakeService, git
from tests.test_resources import adding_to

DEFAULTS = ("sqlite", "memory", "none", "embedded")
FULLEST = ("mongodb", "redis", "jwt", "taskiq")

SIX_FIELDS = (
    "customer_id:ref:user quantity:int:ge=1 note:str?:max=200 status:enum:open,paid,shipped "
    "placed_at:datetime total:decimal"
)


def python_in(service: Path, folder: str) -> list[Path]:
    return list((service / folder).rglob("*.py"))


def lines_of(paths: list[Path]) -> int:
    return sum(len(path.read_text("utf-8").splitlines()) for path in paths)


@pytest.mark.parametrize(
    ("answers", "files", "product", "core", "tests", "own_tests"),
    [
        (DEFAULTS, 45, 1_700, 8_540, 13_550, 4_650),
        (FULLEST, 65, 4_000, 9_860, 19_950, 9_750),
    ],
    ids=["defaults", "fullest"],
)
def test_service_is_no_larger_than_it_was(
    bake: Bake,
    answers: Choices,
    files: int,
    product: int,
    core: int,
    tests: int,
    own_tests: int,
) -> None:
    path = bake(**dict(zip(OPTIONS, answers, strict=True))).path
    app, platform = python_in(path, "app"), python_in(path, "app/core")

    assert 0 < len(app) - len(platform) <= files
    assert 0 < lines_of(app) - lines_of(platform) <= product
    assert 0 < lines_of(platform) <= core
    every_test, of_core = python_in(path, "tests"), python_in(path, "tests/core")
    assert 0 < lines_of(every_test) <= tests
    assert 0 < lines_of(every_test) - lines_of(of_core) <= own_tests


@pytest.mark.parametrize(
    ("answers", "new", "changed", "code", "tests"),
    [(DEFAULTS, 12, 4, 600, 650), (FULLEST, 13, 4, 680, 800)],
    ids=["defaults", "fullest"],
)
def test_resource_of_six_fields_is_no_larger_than_it_was(
    make_service: MakeService,
    tmp_path: Path,
    answers: Choices,
    new: int,
    changed: int,
    code: int,
    tests: int,
) -> None:
    adding = adding_to(make_service(answers), tmp_path)
    assert adding("order", SIX_FIELDS).returncode == 0
    path = adding.service.path
    git(path, "add", "--all")

    status = git(path, "diff", "--cached", "--name-status").splitlines()
    counted = run("git", "diff", "--cached", "--numstat", "*.py", cwd=path).stdout.split("\n")
    added = [(int(line.split()[0]), line.split()[2]) for line in filter(None, counted)]
    of_tests = sum(lines for lines, name in added if name.startswith("tests/"))

    assert 0 < len([line for line in status if line[0] == "A"]) <= new
    assert 0 < len([line for line in status if line[0] == "M"]) <= changed
    assert 0 < sum(lines for lines, _ in added) - of_tests <= code
    assert 0 < of_tests <= tests


@pytest.mark.parametrize("folder", ["hooks", "extensions", "updates"])
def test_code_of_the_template_is_in_its_package(folder: str) -> None:
    """Others call these by their names: they hold what leads into `service_template`."""
    files = python_in(TEMPLATE, folder)
    assert files
    assert all(lines_of([file]) <= 40 for file in files)


def test_all_other_code_of_the_template_is_in_one_package() -> None:
    packages = {path.name for path in TEMPLATE.iterdir() if list(path.glob("*.py"))}

    others = {"benchmarks", "extensions", "hooks", "requirements", "resource", "tests", "updates"}
    assert packages == {"service_template", SKELETON.name, *others}


def test_options_are_decided_in_one_place() -> None:
    sources = [
        path for path in python_in(TEMPLATE, "service_template") if path.name != "options.py"
    ]
    walking = [path.name for path in sources if '"_options"' in path.read_text("utf-8")]

    assert walking == []


def test_files_of_a_resource_have_no_more_tags_than_they_had() -> None:
    texts = [path.read_text("utf-8") for path in python_in(TEMPLATE, "resource")]
    tags = sum(len(re.findall(r"\{\{.*?\}\}|\{%.*?%\}", text)) for text in texts)

    assert 0 < tags <= 750
