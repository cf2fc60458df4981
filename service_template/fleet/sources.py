"""Where services are: folders here, and git repositories elsewhere, of which a copy is kept."""

import hashlib
import os
import re
from pathlib import Path

from service_template.errors import Refused
from service_template.git import git

IS_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|[\w.-]+@[\w.-]+:", re.IGNORECASE)


def addresses_in(file: Path) -> list[str]:
    """Return the addresses that a file names, each once; folders are made absolute.

    Raises:
        service_template.errors.Refused: there is no such file, or it names nothing.
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
        service_template.errors.Refused: there is none, or it can't be reached.
    """
    if not IS_ADDRESS.match(address):
        folder = Path(address)
        if not folder.is_dir():
            raise Refused("there is no such folder")
        return folder
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    copy = caches / "service-fleet" / hashlib.sha256(address.encode()).hexdigest()[:16]
    # Nobody is there to answer a question.
    ssh = os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    if not (copy / ".git").is_dir():
        copy.mkdir(parents=True, exist_ok=True)
        git("init", "--quiet", at=copy)
    fetch = ("fetch", "--quiet", "--depth=1", "--", address, "HEAD")
    git(*fetch, at=copy, GIT_SSH_COMMAND=ssh)
    git("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD", at=copy)
    return copy


def _folder(here: Path, name: str) -> Path:
    return (here / Path(name).expanduser()).resolve()
