"""Where services are: folders here, and git repositories elsewhere, of which a copy is kept."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

PATIENCE_SECONDS = 60
IS_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)


class Refused(Exception):
    """Something can't be looked at; the text is the one line that says why."""


def addresses_in(file: Path) -> list[str]:
    """Return the addresses that a file names, each once; folders are made absolute.

    Raises:
        Refused: there is no such file, or it names nothing.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise Refused(f"FLEET={file} can't be read, name a file of services: {error}") from None
    named = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    if not named:
        raise Refused(f"FLEET={file} names no service: write a folder or an address on each line.")
    here = file.resolve().parent
    places = [name if IS_ADDRESS.match(name) else str(_folder(here, name)) for name in named]
    return list(dict.fromkeys(places))


def folder_of(address: str) -> Path:
    """Return the folder that an address stands for: a copy as new as it can be, if it is elsewhere.

    Raises:
        Refused: there is none, or it can't be reached.
    """
    if not IS_ADDRESS.match(address):
        folder = Path(address)
        if not folder.is_dir():
            raise Refused("there is no such folder")
        return folder
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    copy = caches / "service-fleet" / hashlib.sha256(address.encode()).hexdigest()[:16]
    if not (copy / ".git").is_dir():
        copy.mkdir(parents=True, exist_ok=True)
        _git("init", "--quiet", at=copy)
    _git("fetch", "--quiet", "--depth=1", "--", address, "HEAD", at=copy)
    _git("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD", at=copy)
    return copy


def _folder(here: Path, name: str) -> Path:
    return (here / Path(name).expanduser()).resolve()


def _git(*arguments: str, at: Path) -> None:
    """Run git without any question to a person.

    Raises:
        Refused: it failed, took too long, or is not there.
    """
    environment = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes",
    }
    environment["GIT_DIR"] = str(at / ".git")
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=at,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(f"git {arguments[0]}: {error}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Refused(f"git {arguments[0]}: {said[-1]}")
