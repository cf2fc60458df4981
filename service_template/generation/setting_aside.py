"""Before rendering: set aside what would be overwritten.

Cookiecutter overwrites an existing folder in place. So that a failure can give it back as it
was, this copies it into a folder beside it, which the hook after rendering deletes (the
service is whole) or puts back (it is not).
"""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service_template.errors import Refused
from service_template.generation.processes import (
    Stopped,
    exit_status,
    parent_is_gone,
    stop_if_asked,
)
from service_template.generation.project import backup_of
from service_template.options import OPTIONS

LEAST_ROOM = 16 * 1024 * 1024  # bytes: a rendered service takes about 1 MiB before its .venv


def main(run: Mapping[str, Any]) -> int:
    """Set aside what is in this folder; return the exit status of the hook."""
    project = Path.cwd()
    try:
        check_variable("SERVICE_PROVE", ("full", "none"))
        check_variable("SERVICE_GIT", ("commit", "none"))
        check_room(project)
        if not run["created"] and any(project.iterdir()):
            refuse_folder_at_work(project)
            set_aside(project)
        else:
            stop_if_asked()
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except (OSError, shutil.Error) as error:
        print(f"{project} is as it was; it could not be set aside: {error}.", file=sys.stderr)
        return 1
    except Stopped:
        if run["created"] and parent_is_gone(patience=1):
            project.rmdir()
        print(f"Stopped: {project} is as it was.", file=sys.stderr)
        return exit_status()
    return 0


def check_variable(name: str, values: tuple[str, str]) -> None:
    wanted = os.environ.get(name, "none")
    if wanted not in values:
        raise Refused(
            f"{name}={wanted!r} is refused: set it to {' or '.join(values)}, or unset it."
        )


def check_room(project: Path) -> None:
    """A disk that fills up while cookiecutter renders ends in half a project."""
    free = shutil.disk_usage(project).free
    if free < LEAST_ROOM:
        raise Refused(
            f"The disk has {free // 1024} KiB left, which is not enough for a service: "
            f"free some room in {project.parent}."
        )


def refuse_folder_at_work(project: Path) -> None:
    """The hook after rendering holds a lock on the folder for as long as it works there."""
    if sys.platform == "win32":
        return
    import fcntl

    folder = os.open(project, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(f"Another run is still at work in {project}: wait for its end.") from None
    finally:
        os.close(folder)


def set_aside(project: Path) -> None:
    """Copy the folder beside itself; the environment is moved, as a new one will be made.

    `.git` is neither copied nor touched by anything that follows.

    Raises:
        Refused: an earlier run left its copy, or another run is just making one.
        Stopped: a signal came before the copy was whole.
    """
    backup = backup_of(project)
    try:
        backup.mkdir()
    except FileExistsError:
        raise Refused(
            f"The state of {project} before another run lies in {backup}: if that run is over, "
            "move back from there what you need, delete it, and run again."
        ) from None
    try:
        copy_content(project, backup)
        if os.path.lexists(project / ".venv"):  # a link may lead nowhere
            (project / ".venv").rename(backup / ".venv")
        # Options of an earlier run without hooks would be taken for this run's.
        shutil.rmtree(project / OPTIONS, ignore_errors=True)
        stop_if_asked()
    except BaseException:
        take_back(project, backup)
        raise


def take_back(project: Path, backup: Path) -> None:
    for name in (".venv", OPTIONS):
        if os.path.lexists(backup / name) and not os.path.lexists(project / name):
            (backup / name).rename(project / name)
    shutil.rmtree(backup)


def copy_content(project: Path, backup: Path) -> None:
    for entry in project.iterdir():
        if entry.name in (".git", ".venv"):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, backup / entry.name, symlinks=True, copy_function=copy_file)
        else:
            copy_file(entry, backup / entry.name)
    shutil.copystat(project, backup)


def copy_file(source: str | Path, target: str | Path) -> None:
    stop_if_asked()
    shutil.copy2(source, target, follow_symlinks=False)
