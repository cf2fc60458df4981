"""Pages in each service that a newcomer follows by hand: each is followed, and kept short."""

import shlex
import sys
from pathlib import Path

import pytest

from service_template.matrix.combinations import offered
from service_template.matrix.gates import OF_CODE, complaint, first_complaint
from service_template.matrix.service import Service, run
from service_template.paths import TEMPLATE
from tests.conftest import Bake
from tests.following import Walkthrough

ENDPOINT = "docs/adding-an-endpoint.md"
RELATION = "docs/adding-a-relation.md"

DEFAULT = ("sqlite", "memory", "none", "embedded")
WITH_ACCOUNTS = ("sqlite", "redis", "jwt", "embedded")
OTHER_DATABASES = (
    ("postgresql", "memory", "none", "embedded"),
    ("mysql", "redis", "none", "taskiq"),
    ("mongodb", "redis", "none", "embedded"),
)

STEPS = "tests/integration/test_migrations.py::test_every_step_goes_up_and_down_and_up_again"


def assert_passes(service: Service, *tests: str) -> None:
    """Check a service with the tools that it has, and with some of its tests."""
    assert first_complaint(service, *OF_CODE) == ""
    assert complaint(service.tool("python", "-m", "pytest", "--quiet", *tests)) == ""


def named_tests(page: Walkthrough) -> list[str]:
    """Return the tests that the reader is told to run."""
    [command] = [words for words in map(shlex.split, page.commands) if "pytest" in words]
    return command[command.index("pytest") + 1 :]


def following(service: Service, page: str, folder: Path) -> tuple[Service, Walkthrough]:
    """Return a copy of a service in which a page was followed, and the page."""
    copy = service.copy_to(folder)
    walkthrough = Walkthrough.of(copy, page)
    walkthrough.follow(copy)
    return copy, walkthrough


def test_a_diff_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    service = Service(tmp_path)
    (tmp_path / "module.py").write_text("import b\nx = 1\nx = 1\n")
    page = Walkthrough(
        "In `module.py`:\n\n```diff\n+import a\n import b\n```\n"
        "In `module.py`:\n\n```diff\n-x = 1\n+x = 2\n```\n"
    )
    fitting, twice = page.edits

    fitting.apply(service)

    assert service.read("module.py") == "import a\nimport b\nx = 1\nx = 1\n"
    with pytest.raises(AssertionError, match="has this 2 times"):
        twice.apply(service)


def test_a_block_that_belongs_nowhere_is_refused() -> None:
    with pytest.raises(AssertionError, match="does not say where it belongs"):
        _ = Walkthrough("Write this:\n\n```python\nx = 1\n```\n").edits


@pytest.mark.parametrize("answers", offered(DEFAULT, WITH_ACCOUNTS), ids=" ".join)
def test_an_endpoint_added_by_its_page_passes_every_check(made: Service, tmp_path: Path) -> None:
    service, page = following(made, ENDPOINT, tmp_path)

    assert_passes(service, *named_tests(page), "tests/api/test_openapi.py", "tests/architecture")


@pytest.mark.parametrize("auth", ["none", "jwt", "oidc"])
def test_an_endpoint_takes_at_most_30_lines_in_4_files(bake: Bake, auth: str) -> None:
    page = Walkthrough.of(bake(auth=auth), ENDPOINT)

    assert page.product_lines <= 30
    assert page.product_files <= 4
    assert page.tests


@pytest.mark.parametrize("answers", offered(WITH_ACCOUNTS), ids=" ".join)
def test_an_endpoint_that_is_not_guarded_is_noticed(made: Service, tmp_path: Path) -> None:
    service = made.copy_to(tmp_path)
    for edit in Walkthrough.of(service, ENDPOINT).edits:
        if edit.file != "app/services/access.py":
            edit.apply(service)

    done = service.tool("python", "-m", "pytest", "-q", "tests/api/test_access.py")

    assert "FAILED tests/api/test_access.py::test_everybody_may_do_what_they_should" in done.stdout


def with_second_resource(service: Service, folder: Path) -> Service:
    """Return a copy of a service with the resource that the page begins with."""
    copy = service.copy_to(folder)
    command = Walkthrough.of(copy, RELATION).commands[0]
    [make, target, *given] = shlex.split(command)
    assert (make, target) == ("make", "resource")
    answers = [
        f"{name.lower()}={value}" for name, _, value in (word.partition("=") for word in given)
    ]
    rest = folder / "rest"
    rest.mkdir()
    cookiecutter = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--directory", "resource"]
    where = ("--no-input", "--output-dir", str(rest), f"service={copy.path}")
    done = run(*cookiecutter, *where, *answers, cwd=rest, HOME=str(rest))
    assert complaint(done) == ""
    return copy


def related(service: Service, folder: Path) -> tuple[Service, Walkthrough]:
    """Return a copy of a service in which the page about relations was followed, and the page."""
    copy = with_second_resource(service, folder)
    page = Walkthrough.of(copy, RELATION)
    page.follow(copy)
    return copy, page


@pytest.mark.parametrize("answers", offered(DEFAULT), ids=" ".join)
def test_a_relation_added_by_its_page_passes_every_check(made: Service, tmp_path: Path) -> None:
    service, page = related(made, tmp_path)

    assert_passes(
        service, *named_tests(page), STEPS, "tests/api/test_openapi.py", "tests/architecture"
    )


@pytest.mark.parametrize("answers", offered(*OTHER_DATABASES), ids=" ".join)
def test_a_relation_added_by_its_page_holds_on_each_database(made: Service, tmp_path: Path) -> None:
    service, page = related(made, tmp_path)

    assert_passes(service, *named_tests(page), STEPS)


@pytest.mark.parametrize("answers", offered(WITH_ACCOUNTS), ids=" ".join)
def test_a_relation_added_by_its_page_is_closed_to_strangers(made: Service, tmp_path: Path) -> None:
    service, page = related(made, tmp_path)

    assert_passes(service, *named_tests(page), "tests/api/test_access.py")


@pytest.mark.parametrize(
    ("database", "auth"),
    [
        ("sqlite", "none"),
        ("mysql", "none"),
        ("mongodb", "none"),
        ("mysql", "oidc"),
        ("mongodb", "jwt"),
    ],
)
def test_a_relation_takes_about_200_lines_in_10_files(bake: Bake, database: str, auth: str) -> None:
    """To guard callers takes some lines more, and so does a schema that migrations repeat."""
    page = Walkthrough.of(bake(database=database, auth=auth), RELATION)
    more = 14 * (auth != "none") + 6 * (database == "mongodb")

    assert page.product_lines <= 200 + more
    assert page.product_files <= 10
    assert set(named_tests(page)) <= set(page.tests)
