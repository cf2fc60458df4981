"""Which files of the skeleton belong to which answers, and where they lie in a service.

- `_options/<question>/<choice>/` holds what a choice brings, laid out as it will lie in the service.
- `_options/shared/<name>/` holds what several choices bring: `SHARED` says which.
- `_with/<name>/` in one of these is for services that have the choice, the shared folder or the
  standard of the house of that name as well: `_options/database/mysql/_with/jwt/`.
- `_parts/` are included by rendered files such as `pyproject.toml`, and not laid.
"""

from collections.abc import Collection, Mapping
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from service_template.paths import SKELETON

OPTIONS = "_options"
PARTS = "_parts"
WITH = "_with"

SHARED = {
    "database=sqlite": ("sql", "positional-parameters"),
    "database=postgresql": ("sql", "server", "sql-server"),
    "database=mysql": ("sql", "positional-parameters", "server", "sql-server"),
    "database=mongodb": ("server",),
    "cache=redis": ("redis-server",),
    "jobs=taskiq": ("redis-server",),
    "auth=none": ("no-issuer", "no-accounts"),
    "auth=jwt": ("authenticated", "no-issuer"),
    "auth=oidc": ("authenticated", "no-accounts"),
    "ci=github": ("hosted-ci",),
    "ci=gitlab": ("hosted-ci",),
}
"""The shared folders of each choice that has some."""

TOGETHER = {"replicas": {"shared/server", "deployment/kubernetes"}}
"""Shared folders that are for all of some folders at once, not for each of them."""


def questions(root: Path = SKELETON) -> list[str]:
    """Return the questions whose choices have folders, in the skeleton or another root."""
    names = (folder.name for folder in (root / OPTIONS).iterdir())
    return sorted(name for name in names if name != "shared")


def folders_for(answers: Mapping[str, Any], root: Path = SKELETON) -> set[str]:
    """Return the folders of `_options/` that answers choose: `database/mysql`, `shared/sql`.

    `house/codeowners` stands for a standard that the house sets. Questions may be left out.
    """
    folders = {
        f"{question}/{answers[question]}" for question in questions(root) if question in answers
    }
    for question, answer in answers.items():
        folders |= {f"shared/{name}" for name in SHARED.get(f"{question}={answer}", ())}
    folders |= {f"shared/{name}" for name, needed in TOGETHER.items() if needed <= folders}
    standards = answers.get("_house", {}).items()
    return folders | {f"house/{standard}" for standard, value in standards if value}


def is_laid(path: PurePath, folders: Collection[str]) -> bool:
    """Whether a file of the skeleton is for services that these folders are chosen for."""
    folder, needed, _ = _read(path)
    names = {folder.rpartition("/")[2] for folder in folders}
    return (not folder or folder in folders) and (not needed or needed in names)


def place_of(path: PurePath) -> PurePosixPath | None:
    """Return where a file of the skeleton lies in a service; nothing for one that is included."""
    _, _, parts = _read(path)
    return None if PARTS in parts else PurePosixPath(*parts)


def _read(path: PurePath) -> tuple[str, str, tuple[str, ...]]:
    """Split a path into its folder of `_options/`, the name in `_with/`, and the rest."""
    folder, needed, parts = "", "", path.parts
    if parts[0] == OPTIONS:
        folder, parts = "/".join(parts[1:3]), parts[3:]
    if parts[:1] == (WITH,):
        needed, parts = "".join(parts[1:2]), parts[2:]
    return folder, needed, parts
