"""The project that is being made: where it is, its answers, and how cookiecutter was called."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """What cookiecutter or cruft was asked to do: see `service_template.answers.caller`."""

    command: str
    created: bool
    keep: bool
    skip: bool
    template: str
    package: str


@dataclass(frozen=True)
class Project:
    """The folder being made, and the copy of what was there before (`None` for a new one)."""

    folder: Path
    backup: Path | None
    answers: Mapping[str, Any]
    run: Run

    @classmethod
    def here(cls, answers: Mapping[str, Any], run: Run) -> "Project":
        folder = Path.cwd()
        backup = backup_of(folder)
        is_overwritten = backup.is_dir() and not run.created
        return cls(folder, backup if is_overwritten else None, answers, run)


def backup_of(folder: Path) -> Path:
    """Return where a folder is copied to before it is overwritten."""
    return folder.with_name(f".{folder.name}.before-overwrite")
