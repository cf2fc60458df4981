"""Which files of a service are the house's, and which are the team's.

- *Managed*: the platform, and files of tools and deployment. Updates merge the template's changes
  into them, and `make template-check` names those that were changed in the service.
- *Seeded*: where the team works. Updates merge the template's changes into these as well, since
  code has to fit the platform; but the team's changes are no finding.
- *Skipped*: neither code nor read by any. Updates and cruft (`skip`) leave them alone.

A file is seeded if features, releases or incidents change it. `app/core` is the border in `app`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any

from service_template.options import folders_for, is_laid, place_of
from service_template.paths import SKELETON

GUARDS = ("GNUmakefile", "conftest.py")  # no service has them: the hook deletes them


class Ownership(Enum):
    """What updates and `make template-check` do with a file."""

    MANAGED = "managed"
    SEEDED = "seeded"
    SKIPPED = "skipped"


# Each path is a file, or a folder with all that is below it and not declared itself.
DECLARED = {
    ".devcontainer": Ownership.SKIPPED,
    ".dockerignore": Ownership.MANAGED,
    ".editorconfig": Ownership.MANAGED,
    ".env.example": Ownership.SEEDED,  # the team's settings
    ".gitattributes": Ownership.MANAGED,
    ".github": Ownership.MANAGED,
    ".gitignore": Ownership.MANAGED,
    ".gitlab-ci.yml": Ownership.MANAGED,
    ".pre-commit-config.yaml": Ownership.MANAGED,
    ".vscode": Ownership.SKIPPED,
    "AGENTS.md": Ownership.SEEDED,  # the team's own rules
    "CODEOWNERS": Ownership.MANAGED,
    "Dockerfile": Ownership.MANAGED,
    "LICENSE": Ownership.SKIPPED,
    "Makefile": Ownership.MANAGED,
    "README.md": Ownership.SKIPPED,
    "alembic.ini": Ownership.MANAGED,
    "app": Ownership.SEEDED,
    "app/core": Ownership.MANAGED,
    "catalog-info.yaml": Ownership.SKIPPED,
    "compose.yaml": Ownership.MANAGED,
    "deploy": Ownership.MANAGED,
    "deploy/grafana/dashboard.json": Ownership.SEEDED,  # tests want the team's metrics in it
    "deploy/kubernetes/overlays": Ownership.SEEDED,  # each release changes a tag
    "docs": Ownership.MANAGED,
    "docs/decisions": Ownership.SKIPPED,
    "docs/runbook.md": Ownership.SEEDED,  # the team's incidents
    "migrations": Ownership.MANAGED,
    "migrations/versions": Ownership.SEEDED,
    "pyproject.toml": Ownership.SEEDED,  # dependencies; standards look at settings of tools
    "renovate.json": Ownership.SKIPPED,
    "tests": Ownership.SEEDED,  # of the product, and helpers: they make the product's objects
    "tests/architecture": Ownership.MANAGED,
    "tests/core": Ownership.MANAGED,
    "tests/deploy": Ownership.MANAGED,
    "tests/faults": Ownership.MANAGED,
}


def managed_files(answers: Mapping[str, Any]) -> list[str]:
    """Return the managed files of the service that some answers make."""
    return sorted(path for path in laid_files(answers) if owner_of(path) is Ownership.MANAGED)


def skipped_paths(answers: Mapping[str, Any]) -> list[str]:
    """Return the declared paths that updates skip, and that the service of some answers has."""
    there = {_nearest(path) for path in laid_files(answers)}
    return [one for one, owner in DECLARED.items() if owner is Ownership.SKIPPED and one in there]


def owner_of(path: str) -> Ownership | None:
    """Return whose a file of a service is, by the nearest declared path; None without any."""
    return DECLARED.get(_nearest(path) or "")


def _nearest(path: str) -> str | None:
    around = (path, *map(str, PurePosixPath(path).parents))
    return next((one for one in around if one in DECLARED), None)


def laid_files(answers: Mapping[str, Any]) -> set[str]:
    """Return the paths of all files that some answers lay into a service."""
    folders = folders_for(answers)
    return {place for path, place in _files_of_skeleton() if is_laid(path, folders)}


def _files_of_skeleton() -> Iterator[tuple[Path, str]]:
    """Yield each file that is laid, by its path in the skeleton, and its place in a service."""
    for file in SKELETON.rglob("*"):
        path = file.relative_to(SKELETON)
        place = str(place_of(path) or "") if file.is_file() else ""
        if place and place not in GUARDS and "__pycache__" not in path.parts:
            yield path, place
