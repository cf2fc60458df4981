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

SKELETON = Path(__file__).parents[1] / "{{cookiecutter.project_slug}}"
APART = ("_options", "_parts", "__pycache__")
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
    return {path for chosen, path in _files_of_skeleton() if _are_given(chosen, answers)}


def _files_of_skeleton() -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield each file's folders of choices (option, choices, option, …) and its place."""
    for file in SKELETON.rglob("*"):
        parts = file.relative_to(SKELETON).parts
        chosen: tuple[str, ...] = ()
        while parts[0] == "_options":  # _options/<option>/<choices>/…
            if len(parts) < 4:
                break
            chosen, parts = (*chosen, *parts[1:3]), parts[3:]
        place = "/".join(parts)
        if not set(parts) & set(APART) and place not in GUARDS and file.is_file():
            yield chosen, place


def _are_given(chosen: tuple[str, ...], answers: Mapping[str, Any]) -> bool:
    """Whether answers choose a folder: `(auth, jwt+oidc)`, or `(any, cache=redis+jobs=taskiq)`.

    `(house, codeowners)` is chosen where this standard is set.
    """
    given = {f"{question}={answer}" for question, answer in answers.items()}
    given |= {f"house={standard}" for standard, value in answers["_house"].items() if value}
    for option, names in zip(chosen[::2], chosen[1::2], strict=True):
        choices = names.split("+")
        if option != "any":
            choices = [f"{option}={choice}" for choice in choices]
        if given.isdisjoint(choices):
            return False
    return True
