"""Pages in each service that a newcomer follows by hand: each is followed, and kept short."""

from pathlib import Path

import pytest

from proof.combinations import offered
from proof.gates import complaint
from proof.service import Service
from tests.conftest import Bake
from tests.following import Walkthrough

ENDPOINT = "docs/adding-an-endpoint.md"

DEFAULT = ("sqlite", "memory", "none", "embedded")
WITH_ACCOUNTS = ("sqlite", "redis", "jwt", "embedded")


def assert_passes(service: Service, *tests: str) -> None:
    """Check a service with the tools that it has, and with some of its tests."""
    with service.type_cache() as cache:
        for command in (
            ("ruff", "check"),
            ("ruff", "format", "--check"),
            ("mypy",),
            ("lint-imports", "--no-cache"),
            ("python", "-m", "pytest", "--quiet", *tests, "tests/architecture"),
        ):
            assert complaint(service.tool(*command, **cache)) == ""


def following(service: Service, page: str, folder: Path) -> tuple[Service, Walkthrough]:
    """Return a copy of a service in which a page was followed, and the page."""
    copy = service.copy_to(folder)
    walkthrough = Walkthrough.of(copy, page)
    walkthrough.follow(copy)
    return copy, walkthrough


@pytest.mark.parametrize("answers", offered(DEFAULT, WITH_ACCOUNTS), ids=" ".join)
def test_an_endpoint_added_by_its_page_passes_every_check(made: Service, tmp_path: Path) -> None:
    service, page = following(made, ENDPOINT, tmp_path)

    assert_passes(service, *page.tests, "tests/api/test_openapi.py")


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
