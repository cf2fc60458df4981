"""Choosing: laying the files of the chosen options over the project."""

import shutil
from collections.abc import Iterable
from pathlib import Path, PurePath

from service_template.errors import Refused
from service_template.generation.project import Project
from service_template.options import OPTIONS, folders_for, is_laid, place_of, questions
from service_template.ownership import GUARDS

GUARDED = ("Dockerfile", "app/__init__.py")  # a line in each of them is a guard
GUARD_MARK = "its options were not applied"


def choose_options(project: Project) -> None:
    """Lay the files of the chosen folders of `_options/` over the project; delete the rest."""
    folders = folders_for(project.answers, project.folder)
    refuse_missing_folders(project)
    brought: dict[PurePath, Path] = {}
    others: set[PurePath] = set()
    for file in sorted((project.folder / OPTIONS).rglob("*")):
        path = file.relative_to(project.folder)
        place = place_of(path) if file.is_file() else None
        if place is None:
            continue
        if not is_laid(path, folders):
            others.add(place)
        elif place in brought:
            raise Refused(f"Two chosen folders bring {place}: this is a fault in the template.")
        else:
            brought[place] = file
    if project.backup and not project.run.skip:
        remove_other_choices(project.folder, others - set(brought))
    for to, source in brought.items():
        lay(source, project.folder / to, project)
    shutil.rmtree(project.folder / OPTIONS)


def refuse_missing_folders(project: Project) -> None:
    for question in questions(project.folder):
        choice = project.answers.get(question, "")
        if not choice or not (project.folder / OPTIONS / question / choice).is_dir():
            raise Refused(f"{question}={choice} has no folder: this is a fault in the template.")


def remove_other_choices(folder: Path, places: Iterable[PurePath]) -> None:
    """Delete what an earlier run with other answers left, so that one choice is left."""
    for place in places:
        (folder / place).unlink(missing_ok=True)
        remove_empty_folders(folder, place)


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


def remove_empty_folders(folder: Path, path: PurePath) -> None:
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
