"""Committing: a new project gets a git repository of its own, with a first commit."""

import os
import shutil
from pathlib import Path

from service_template.errors import Refused
from service_template.generation.processes import run, say
from service_template.generation.project import Project
from service_template.generation.verifying import cause_in, proof_is_wanted

GIT = ("git", "-c", "core.excludesFile=", "-c", "core.hooksPath=/dev/null")
"""A person's own ignore file and hooks do not decide what a new project holds."""


def commit(project: Project) -> None:
    """Put a new project into a git repository of its own, with a first commit.

    What stands in the way is said in a line: a project without a repository is a whole one.
    """
    if not commit_is_wanted(project):
        return
    try:
        make_repository(project)
    except BaseException as error:
        shutil.rmtree(project.folder / ".git", ignore_errors=True)
        if not isinstance(error, (Refused, OSError)):
            raise
        say(f"There is no git repository: {error}.")


def commit_is_wanted(project: Project) -> bool:
    """Whether to make a first commit.

    An unproven service has no `uv.lock` yet: only the variable commits it. A folder that was
    overwritten has an owner, and cruft writes `.cruft.json` after this hook: both are left alone.
    """
    by_answer = project.answers["_git"] if proof_is_wanted(project) else "none"
    wanted = os.environ.get("SERVICE_GIT", by_answer)
    return wanted == "commit" and not project.run.command and not project.backup


def make_repository(project: Project) -> None:
    """Commit all files of a project that its `.gitignore` lets through.

    Raises:
        Refused: there is no git, the project is part of another repository, or git failed.
    """
    folder = project.folder
    if not shutil.which("git"):
        raise Refused("git is not on the PATH")
    if around := repository_around(folder):
        raise Refused(f"this folder belongs to that of {around}")
    author, email = project.answers["author"], project.answers["email"]
    is_known = has_identity(folder)
    git = [*GIT] if is_known else [*GIT, "-c", f"user.name={author}", "-c", f"user.email={email}"]
    for arguments in (
        ["init", "--quiet", "--template=", "--initial-branch=main"],
        ["add", "--all"],
        ["commit", "--quiet", "--no-gpg-sign", f"--message={message_for(project)}"],
    ):
        status, lines = run([*git, *arguments], folder)
        if status != 0:
            raise Refused(cause_in(lines, status))
    if not is_known:
        say(f"The first commit is by {author} <{email}>: git has no user.name and user.email.")


def message_for(project: Project) -> str:
    return f"Made by the template, version {project.answers['_template_version']}"


def repository_around(folder: Path) -> Path | None:
    """Return the repository around a project, unless that ignores the project's folder."""
    around = next((parent for parent in folder.parents if (parent / ".git").exists()), None)
    if around and run(["git", "check-ignore", "--quiet", str(folder)], around)[0] != 0:
        return around
    return None


def has_identity(folder: Path) -> bool:
    """Whether git was told who commits, or would make it up from the names of user and machine."""
    asked = [*GIT, "-c", "user.useConfigOnly=true", "var"]
    idents = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    return all(run([*asked, ident], folder)[0] == 0 for ident in idents)
