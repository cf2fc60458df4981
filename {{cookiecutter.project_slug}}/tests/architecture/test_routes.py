"""Routes parse, call one method of a service, and answer. Nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[2] / "app"
ROUTES = APP / "api" / "routes"


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


def _background_tasks(source: str) -> Iterator[str]:
    """Yield every name in a module that stands for work after the answer."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                pass
            case ast.ImportFrom(module=str(name)):
                pass
            case _:
                continue
        if name.endswith(("BackgroundTask", "BackgroundTasks", ".background")):
            yield name


@pytest.mark.parametrize(
    "source",
    [
        "from fastapi import BackgroundTasks as Later",
        "from starlette.background import *",
        "import starlette.background",
        "def route(tasks: fastapi.BackgroundTasks): ...",
    ],
)
def test_background_tasks_are_recognised(source: str) -> None:
    assert list(_background_tasks(source))
    assert not list(_background_tasks("'BackgroundTasks are not used'"))


def test_what_follows_from_a_request_is_an_event_and_no_background_task() -> None:
    used = {
        path.relative_to(APP): names
        for path in sorted(APP.rglob("*.py"))
        if (names := list(_background_tasks(path.read_text(encoding="utf-8"))))
    }

    assert used == {}
