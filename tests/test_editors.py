"""Files for editors and development containers have the names and types that are documented.

No package has the schemas that these are made for, so `tests/schemas` holds, by hand, those parts
that services use, with where each is documented. What they name in the service, the gate `named`
looks for.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import DATABASES, Bake

SCHEMAS = Path(__file__).parent / "schemas"
FILES = {
    ".devcontainer/devcontainer.json": "devcontainer.json",
    ".vscode/extensions.json": "vscode-extensions.json",
    ".vscode/settings.json": "vscode-settings.json",
    ".vscode/tasks.json": "vscode-tasks.json",
}

each_file = pytest.mark.parametrize("name", FILES)


def wrong_with(name: str, content: Any) -> list[str]:
    """Return where the content of a file is not what is documented."""
    schema = json.loads((SCHEMAS / FILES[name]).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return [error.json_path for error in Draft202012Validator(schema).iter_errors(content)]


@each_file
@pytest.mark.parametrize("database", DATABASES)
def test_editors_understand_their_files(bake: Bake, database: str, name: str) -> None:
    assert wrong_with(name, json.loads(bake(database=database).read(name))) == []


def test_every_file_for_an_editor_is_looked_at(bake: Bake) -> None:
    folders = (".devcontainer/", ".vscode/")
    assert {name for name in bake().files() if name.startswith(folders)} == set(FILES)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (".devcontainer/devcontainer.json", "forwardPorts", "forwardPort"),
        (".devcontainer/devcontainer.json", "8000", '"eight"'),
        (".devcontainer/devcontainer.json", ":2", ""),
        (".devcontainer/devcontainer.json", "-bookworm", ""),
        (".vscode/extensions.json", "charliermarsh.ruff", "ruff"),
        (".vscode/settings.json", '"fromEnvironment"', '"environment"'),
        (".vscode/settings.json", "editor.formatOnSave", "editor.formatOnSaving"),
        (".vscode/tasks.json", '"shell"', '"bash"'),
        (".vscode/tasks.json", "isBackground", "background"),
    ],
)
def test_a_mistake_is_noticed(bake: Bake, name: str, right: str, wrong: str) -> None:
    text = bake(database="postgresql").read(name)
    assert right in text

    assert wrong_with(name, json.loads(text.replace(right, wrong))) != []
