"""Pythons that services promise, and those that there are to try them with."""

import json
import os
import sys
from functools import cache
from pathlib import Path

from service_template.matrix import bare_roots
from service_template.matrix.combinations import QUESTIONS
from service_template.matrix.service import run
from service_template.paths import TEMPLATE

PROMISED: list[str] = QUESTIONS["_house"]["python_versions"]


@cache
def interpreters() -> dict[str, str]:
    """Return an interpreter of this machine for each version from 3.11 on, its newest one.

    pyenv's own commands run the one version that is chosen in a folder, and fail for the others:
    its folders of versions take their place on the `PATH`.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [*pyenv.glob("versions/*/bin"), *map(Path, os.get_exec_path())]
    path = os.pathsep.join(str(folder) for folder in folders if folder != pyenv / "shims")
    listing = ("uv", "python", "list", "--only-installed", "--output-format=json")
    listed = run(sys.executable, "-m", *listing, cwd=TEMPLATE, PATH=path)
    newest: dict[tuple[int, int], tuple[int, str]] = {}
    for found in json.loads(listed.stdout):
        parts = found["version_parts"]
        version = parts["major"], parts["minor"]
        if version >= (3, 11) and found["implementation"] == "cpython":
            least = (-1, "")
            newest[version] = max(newest.get(version, least), (parts["patch"], found["path"]))
    return {f"3.{minor}": path for (_, minor), (_, path) in sorted(newest.items())}


def untried() -> list[str]:
    """Return the promised versions that neither this machine has, nor a bare one has tried."""
    on_bare_machines = {python.rpartition(".")[0] for python in bare_roots.recorded()}
    return [it for it in PROMISED if it not in {*interpreters(), *on_bare_machines}]
