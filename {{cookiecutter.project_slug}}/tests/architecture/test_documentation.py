"""Interfaces say what may be expected of them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"

DOCUMENTED = [
    *sorted((APP / "core").rglob("*.py")),
    *sorted((APP / "services").glob("*.py")),
    *sorted((APP / "repositories" / "interfaces").glob("*.py")),
]


def _undocumented(path: Path) -> Iterator[str]:
    """Yield the classes, and the public methods that they themselves define, without a word."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef):
            continue
        if not ast.get_docstring(node):
            yield node.name
        bases = (ast.unparse(base).partition("[")[0] for base in node.bases)
        overrides = any(base not in {"ABC", "Generic", "Protocol"} for base in bases)
        for method in node.body:
            if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            is_public = not method.name.startswith("_")
            is_new = not overrides or method.decorator_list
            if is_public and is_new and not ast.get_docstring(method):
                yield f"{node.name}.{method.name}"


@pytest.mark.parametrize(
    "path",
    DOCUMENTED,
    ids=[str(path.relative_to(APP)) for path in DOCUMENTED],
)
def test_every_public_method_says_what_it_does(path: Path) -> None:
    assert list(_undocumented(path)) == []
