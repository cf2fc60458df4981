"""Git, as the template runs it."""

import os
import re
import subprocess
from pathlib import Path

from service_template.errors import Refused

PATIENCE_SECONDS = 60  # for one command

# Set while git runs a hook: they would lead to a repository that is not meant.
OF_ANOTHER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def git(*arguments: str | Path, at: Path, **variables: str) -> str:
    """Run git in a folder and return what it printed, without the white space around it.

    Raises:
        Refused: it failed, with the last line that it said; it took too long; or it is not there.
    """
    done = try_git(*arguments, at=at, **variables)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Refused(f"git {arguments[0]}: {without_secrets(said[-1])}")
    return done.stdout.strip()


def try_git(
    *arguments: str | Path, at: Path, **variables: str
) -> "subprocess.CompletedProcess[str]":
    """Run git in a folder to its end; the caller looks at its `returncode`."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    for name in OF_ANOTHER:
        environment.pop(name, None)
    try:
        return subprocess.run(
            ["git", *map(str, arguments)],
            cwd=at,
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise Refused("git is not there: install it.") from None
    except subprocess.TimeoutExpired:
        raise Refused(f"git {arguments[0]}: no end within {PATIENCE_SECONDS} s") from None


def without_secrets(text: str) -> str:
    """Return a text whose addresses have lost user, password, query and fragment."""
    without_login = re.sub(r"(\w+://)[^\s/'\"]*@", r"\1", text)
    return re.sub(r"(\w+://[^\s'\"?#]*)[?#][^\s'\"]*", r"\1", without_login)


def commit_of(name: str, at: Path) -> str | None:
    """Return the commit that a name stands for in a repository, or nothing."""
    command = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return try_git(*command, at=at).stdout.strip() or None


def copy_of(repository: Path, commit: str, folder: Path) -> Path:
    """Check a commit out into a new folder, from a repository on this machine."""
    git("clone", "--quiet", "--shared", "--no-checkout", repository, folder, at=repository)
    git("checkout", "--quiet", "--detach", commit, at=folder)
    return folder
