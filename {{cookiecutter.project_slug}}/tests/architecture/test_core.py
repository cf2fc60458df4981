"""`app/core` is the same in every service: it names none of this one's resources."""

import tokenize
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
CORE = sorted((APP / "core").rglob("*.py"))
INTERFACES = APP / "repositories" / "interfaces"
NOT_RESOURCES = {"__init__", "errors", "storage", "unit_of_work"}

RESOURCES = {path.stem for path in INTERFACES.glob("*.py")} - NOT_RESOURCES
"""The things of this service, as their modules are called."""


def _names(path: Path) -> set[str]:
    """Return the names that stand in a file, and the short texts."""
    with path.open("rb") as source:
        tokens = list(tokenize.tokenize(source.readline))
    kinds = {tokenize.NAME, tokenize.STRING}
    return {token.string.strip("\"'") for token in tokens if token.type in kinds}


def _spellings(resource: str) -> set[str]:
    """Return a resource's name as modules, tables and classes have it."""
    title = resource.title().replace("_", "")
    return {resource, resource.upper(), title, title.removesuffix("s")}


def test_there_are_resources_to_look_for() -> None:
    assert "users" in RESOURCES


@pytest.mark.parametrize(
    "path", CORE, ids=[str(path.relative_to(APP)) for path in CORE]
)
def test_core_names_no_resource(path: Path) -> None:
    spellings = set().union(*map(_spellings, RESOURCES))

    assert not _names(path) & spellings


def test_every_part_of_core_says_what_it_offers() -> None:
    for folder in {path.parent for path in CORE}:
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        assert text.startswith('"""'), folder
