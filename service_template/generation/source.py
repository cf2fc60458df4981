"""Where a template is, for those who have only the service: its address and commit."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from service_template.generation.project import Project
from service_template.paths import IS_INSTALLED


@dataclass(frozen=True)
class Source:
    """What a record says of a template; `None` for what is not known.

    `folder` is where it lies on this machine, if it stays there.
    """

    address: str | None
    commit: str | None
    checkout: str | None
    folder: Path | None


def source_of(project: Project) -> Source:
    """Return what is known of the template that makes a project."""
    if IS_INSTALLED:
        return source_of_installation()
    folder = Path(project.run.template)
    given = str(project.answers["_template"])
    return Source(
        origin_of(folder / ".git") or public_address(given),
        commit_of(folder / ".git"),
        project.answers.get("_checkout"),
        None if given.endswith(".zip") else folder,  # it is unpacked for the moment
    )


def source_of_installation() -> Source:
    """Return what pip or uv noted of the installed package.

    See https://packaging.python.org/en/latest/specifications/direct-url/.
    """
    noted = json.loads(
        distribution("layered-fastapi-template").read_text("direct_url.json") or "{}"
    )
    address = str(noted.get("url", ""))
    parts = urlsplit(address)
    folder = Path(url2pathname(parts.path)) if parts.scheme == "file" else None
    if version := noted.get("vcs_info"):
        wanted = version.get("requested_revision")
        return Source(public_address(address), version["commit_id"], wanted, folder)
    if folder and folder.is_dir():
        return Source(origin_of(folder / ".git"), commit_of(folder / ".git"), None, folder)
    return Source(None, None, None, None)


def origin_of(repository: Path) -> str | None:
    """Return where a git repository was cloned from, if others can reach that too."""
    section = ""
    for line in read_lines(shared_part(repository) / "config"):
        if line.startswith("["):
            section = line
        key, _, value = line.partition("=")
        if section == '[remote "origin"]' and key.strip() == "url":
            return public_address(value.strip())
    return None


def public_address(address: str) -> str | None:
    """Return an address without the secrets in it; `None` for a path on this machine."""
    address = re.split("[?#]", address)[0]
    if found := re.fullmatch(r"(https?|ssh|git)://([^/]*@)?([^/@]*(?:/.*)?)", address):
        scheme, user, rest = found.groups(default="")
        login = f"{re.split('[:@]', user)[0]}@" if user and scheme == "ssh" else ""
        return f"{scheme}://{login}{rest}"
    is_short = re.fullmatch(r"[a-z]{2,}:[\w.-]+/[\w./-]+", address)  # gh:owner/name
    is_scp_like = re.fullmatch(r"[\w.-]+@[\w.-]+:[^\\]+", address)  # git@host:owner/name
    return address if is_short or is_scp_like else None


def commit_of(repository: Path) -> str | None:
    """Read the commit that is checked out from git's own files, as git may be missing."""
    head = next(read_lines(own_part(repository) / "HEAD"), "")
    if not head.startswith("ref: "):
        return head or None
    reference = head.removeprefix("ref: ")
    shared = shared_part(repository)
    loose = next(read_lines(shared / reference), None)
    packed = read_lines(shared / "packed-refs")
    return loose or next((line.split()[0] for line in packed if line.endswith(reference)), None)


def own_part(repository: Path) -> Path:
    """Return the folder that holds what is checked out; `git worktree` names it in a file."""
    line = next(read_lines(repository), "")
    return repository.parent / line.removeprefix("gitdir: ") if line else repository


def shared_part(repository: Path) -> Path:
    """Return the folder that holds what all working trees of a repository have in common."""
    own = own_part(repository)
    return own / next(read_lines(own / "commondir"), "")


def read_lines(path: Path) -> Iterator[str]:
    if path.is_file():
        yield from map(str.strip, path.read_text(encoding="utf-8").splitlines())
