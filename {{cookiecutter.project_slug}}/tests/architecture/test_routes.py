"""Routes parse, call one method of a service, and answer. Nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROUTES = Path(__file__).parents[2] / "app" / "api" / "routes"


def _handlers() -> Iterator[ast.AsyncFunctionDef]:
    for path in sorted(ROUTES.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.decorator_list:
                yield node


HANDLERS = list(_handlers())


def test_there_are_routes() -> None:
    assert len(HANDLERS) >= 6


@pytest.mark.parametrize("handler", HANDLERS, ids=[one.name for one in HANDLERS])
def test_a_route_calls_one_method_of_a_service(handler: ast.AsyncFunctionDef) -> None:
    waits = [node for node in ast.walk(handler) if isinstance(node, ast.Await)]
    decisions = (ast.If, ast.For, ast.While, ast.Try, ast.Match)

    assert len(waits) <= 1
    assert not any(isinstance(node, decisions) for node in ast.walk(handler))
