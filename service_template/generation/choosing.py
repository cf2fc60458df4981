"""Choosing: laying the folders of the chosen options over the project."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from service_template.errors import Refused
from service_template.generation.project import Project
from service_template.options import is_chosen, place_of
from service_template.ownership import GUARDS

GUARDED = ("Dockerfile", "app/__init__.py")  # a line in each of them is a guard
GUARD_MARK = "its options were not applied"


def choose_options(project: Project) -> None:
    """Lay each chosen folder of `_options/` over the project; delete the rest."""
    options = project.folder / "_options"
    chosen, others = sort_by_answer(options, project.answers)
    refuse_missing_folders(options, chosen, project.answers)
    brought: dict[Path, Path] = {}
    for folder in chosen:
        for file in files_in(folder):
            path = file.relative_to(folder)
            if path in brought:
                raise Refused(f"Two chosen folders bring {path}: this is a fault in the template.")
            brought[path] = file
    if project.backup and not project.run.skip:
        remove_other_choices(project.folder, brought, others)
    for path, source in brought.items():
        lay(source, project.folder / path, project)
    shutil.rmtree(options)


def sort_by_answer(options: Path, answers: Mapping[str, Any]) -> tuple[list[Path], list[Path]]:
    """Return the folders that the answers choose, and those that they do not."""
    chosen: list[Path] = []
    others: list[Path] = []
    for option in sorted(options.iterdir()):
        folders = sorted(option.iterdir())
        found = [folder for folder in folders if is_chosen(option.name, folder.name, answers)]
        others += [folder for folder in folders if folder not in found]
        for folder in found:
            chosen.append(folder)
            if (folder / "_options").is_dir():
                within, without = sort_by_answer(folder / "_options", answers)
                chosen += within
                others += without
    return chosen, others


def refuse_missing_folders(
    options: Path, chosen: Sequence[Path], answers: Mapping[str, Any]
) -> None:
    """Every option has a folder for each of its choices, except `any`, which is none."""
    found = {folder.relative_to(options).parts[0] for folder in chosen}
    for option in sorted(path.name for path in options.iterdir()):
        if option not in found and option != "any":
            answer = answers[option]
            raise Refused(f"{option}={answer} has no folder: this is a fault in the template.")


def files_in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and "_parts" not in parts and "_options" not in parts:
            yield path


def remove_other_choices(
    folder: Path, brought: Mapping[Path, Path], others: Sequence[Path]
) -> None:
    """Delete what an earlier run with other answers left, so that one choice is left."""
    for other in others:
        for file in (path for path in other.rglob("*") if path.is_file()):
            path = place_of(file.relative_to(other))
            if path and Path(path) not in brought:
                (folder / path).unlink(missing_ok=True)
                remove_empty_folders(folder, Path(path))


def lay(source: Path, target: Path, project: Project) -> None:
    """Move a chosen file to its place.

    In a folder that was there before, a file in that place may be the previous one: it is
    overwritten, or kept when the person asked for that. In a new folder it is a clash.
    """
    if target.exists() and not project.backup:
        path = target.relative_to(project.folder)
        raise Refused(f"An option brings {path} once more: this is a fault in the template.")
    if target.exists() and project.run.skip:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def remove_empty_folders(folder: Path, path: Path) -> None:
    for parent in list(path.parents)[:-1]:
        if (folder / parent).is_dir() and not any((folder / parent).iterdir()):
            (folder / parent).rmdir()


def remove_guards(project: Project) -> None:
    """Delete what stops make, pytest, Python and Docker in a project whose hooks never ran.

    A file of the same name as a guard that the person had there comes back.
    """
    for name in GUARDED:
        if is_guard(project.folder / name):
            remove_guard_line(project.folder / name)
    for name in GUARDS:
        if is_guard(project.folder / name):
            (project.folder / name).unlink()
        earlier = project.backup / name if project.backup else None
        if earlier and earlier.is_file() and not is_guard(earlier):
            shutil.copy2(earlier, project.folder / name)


def remove_guard_line(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in lines if GUARD_MARK not in line)
    path.write_text(kept, encoding="utf-8", newline="\n")


def is_guard(path: Path) -> bool:
    return path.is_file() and GUARD_MARK in path.read_text(encoding="utf-8", errors="replace")
