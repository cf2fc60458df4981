"""`app/core` is the same in every service: it names none of this one's resources."""

import ast
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
CORE = sorted((APP / "core").rglob("*.py"))
MODELS = sorted((APP / "models").glob("*.py"))
INTERFACES = sorted((APP / "repositories" / "interfaces").glob("*.py"))


def _bound(path: Path) -> Iterator[str]:
    """Yield the names that a module defines or imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.ImportFrom | ast.Import):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _classes(path: Path) -> set[str]:
    """Return the classes that a module defines."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in nodes if isinstance(node, ast.ClassDef)}


def _names(path: Path) -> set[str]:
    """Return the names that stand in a file, forward references included."""
    with path.open("rb") as source:
        tokens = list(tokenize.tokenize(source.readline))
    kinds = {tokenize.NAME, tokenize.STRING}
    return {token.string.strip("\"'") for token in tokens if token.type in kinds}


OWN = {name for path in CORE for name in _bound(path)}
"""Names that `app/core` defines itself, or has from libraries."""

OF_RESOURCES = set().union(*map(_classes, [*MODELS, *INTERFACES])) - OWN
"""Classes of this service's own things."""


def test_there_are_names_to_look_for() -> None:
    assert {"User", "UserQuery", "UserRepository"} <= OF_RESOURCES


@pytest.mark.parametrize("path", CORE, ids=lambda path: str(path.relative_to(APP)))
def test_core_names_no_resource(path: Path) -> None:
    assert not _names(path) & OF_RESOURCES


def test_every_part_of_core_says_what_it_offers() -> None:
    for folder in {path.parent for path in CORE}:
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        assert text.startswith('"""'), folder
