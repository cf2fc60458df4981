"""After rendering: the steps that make a service of a project, or undo it."""

import contextlib
import errno
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service_template.errors import Refused
from service_template.generation.choosing import choose_options, remove_guards
from service_template.generation.committing import commit
from service_template.generation.processes import (
    Stopped,
    exit_status,
    parent_is_gone,
    received,
    say,
    stop_if_asked,
)
from service_template.generation.project import Project, Run
from service_template.generation.recording import record_answers, record_managed_files
from service_template.generation.verifying import disk_is_full, proof_is_wanted, prove

STEPS = (choose_options, remove_guards, record_answers, record_managed_files, prove, commit)
OPTIONS = ("database", "cache", "auth", "jobs")  # what is told of a service in a line


def main(answers: Mapping[str, Any], run: Mapping[str, Any]) -> int:
    """Make a service of the project in this folder; return the exit status of the hook."""
    project = Project.here(answers, Run(**run))
    hold_folder(project.folder)
    try:
        for step in STEPS:
            step(project)
            stop_if_asked()
    except Exception as error:
        said = verdict(error, project)
        try:
            undo(project)
        except OSError as trouble:
            said += f" But that could not be undone: {trouble}."
            if project.backup:
                said += f" What was there before is in {project.backup}."
        print(said, file=sys.stderr, flush=True)
        return exit_status()
    hand_over(project)
    return 0


def hold_folder(folder: Path) -> None:
    """Lock the folder until this process ends, so that no second run overwrites it meanwhile."""
    if sys.platform == "win32":
        return
    import fcntl

    with contextlib.suppress(OSError):  # some file systems have no locks: no reason to fail
        fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_SH | fcntl.LOCK_NB)


def hand_over(project: Project) -> None:
    """From here on the project is whole: nothing is undone any more."""
    if project.backup:
        shutil.rmtree(project.backup, ignore_errors=True)
    if project.run.command not in ("", "create"):
        return
    state = "proven" if proof_is_wanted(project) else "not proven"
    choices = ", ".join(project.answers[option] for option in OPTIONS)
    say(f"\n{project.folder} ({choices}; {state})")
    say(f"  cd {shlex.quote(str(project.folder))}\n  make run")


def undo(project: Project) -> None:
    """Put back what was there before; of a new project leave nothing.

    Cookiecutter deletes a new project itself, or keeps it when it was asked to. It leaves that
    to the hook only when it was stopped.
    """
    if project.backup:
        put_back(project.folder, project.backup)
    elif not project.run.created:
        clear(project.folder)
    elif not project.run.keep and parent_is_gone(patience=1 if received else 0):
        shutil.rmtree(project.folder, ignore_errors=True)


def put_back(folder: Path, backup: Path) -> None:
    clear(folder)
    for entry in backup.iterdir():
        entry.rename(folder / entry.name)
    shutil.copystat(backup, folder)
    backup.rmdir()


def clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == ".git":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def verdict(error: Exception, project: Project) -> str:
    """Return the one line that says what went wrong and what to do."""
    if isinstance(error, Refused):
        return str(error)
    if isinstance(error, Stopped):
        made = "what was made is kept" if project.run.keep else "nothing of it is left"
        left = "it is as it was before" if project.backup else made
        return f"Stopped while making {project.folder}: {left}."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return disk_is_full(project)
    if isinstance(error, OSError):
        return f"{project.folder} could not be finished: {error}."
    return f"This is a fault in the template, please report it: {error!r}."
