"""Which files of a service stay the house's, and which are the team's from then on.

*Managed* files belong to the house: updates bring in what is new in them, merged with what the team
has changed. *Seeded* ones are a start: updates leave them alone, and so does cruft (`skip`).

Seeded is what nothing else of a service reads. Code and what its tests look at stays managed,
whoever wrote it: half an update of it would be a broken service.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SKELETON = Path(__file__).parents[1] / "{{cookiecutter.project_slug}}"
APART = ("_options", "_parts", "__pycache__")
GUARDS = ("GNUmakefile", "conftest.py")  # no service has them: the hook deletes them

# Each path is a file, or a folder with all that is below it.
MANAGED = (
    ".dockerignore",
    ".editorconfig",
    ".env.example",
    ".gitattributes",
    ".github",
    ".gitignore",
    ".gitlab-ci.yml",
    ".pre-commit-config.yaml",
    "AGENTS.md",
    "CODEOWNERS",
    "Dockerfile",
    "Makefile",
    "alembic.ini",
    "app",
    "compose.yaml",
    "deploy",
    "docs/runbook.md",
    "docs/scaling.md",
    "docs/standards.md",
    "migrations",
    "pyproject.toml",
    "tests",
    "tools",
)
SEEDED = (
    ".devcontainer",
    ".vscode",
    "LICENSE",
    "README.md",
    "catalog-info.yaml",
    "docs/decisions",
    "renovate.json",
)


def managed_files(answers: Mapping[str, Any]) -> list[str]:
    """Return the managed files of the service that some answers make."""
    return sorted(path for path in laid_files(answers) if not is_in(SEEDED, path))


def seeded_paths(answers: Mapping[str, Any]) -> list[str]:
    """Return the declared paths that are the team's, and that the service of some answers has."""
    files = laid_files(answers)
    return [seeded for seeded in SEEDED if any(is_in((seeded,), path) for path in files)]


def is_in(declared: tuple[str, ...], path: str) -> bool:
    """Whether a path is one of those declared, or below one."""
    return any(path == one or path.startswith(f"{one}/") for one in declared)


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
