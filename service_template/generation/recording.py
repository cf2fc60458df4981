"""Recording: the template and answers that made a service, and the digests of managed files."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from service_template.generation.project import Project
from service_template.ownership import managed_files
from service_template.record import DIGESTS, FOLDER, NAME, state_of


def record_answers(project: Project) -> None:
    """Write the answers and the template's version into `.cruft.json`, for later updates.

    Under cruft nothing is written: cruft records them itself, and what a hook wrote as well
    would come back as a conflict in `cruft update`.
    """
    target = project.folder / NAME
    if project.run.command or (project.run.skip and target.exists()):
        return
    repository = Path(project.run.template) / ".git"
    template = origin_of(repository) or public_address(project.answers["_template"])
    kept = {name: answer for name, answer in project.answers.items() if not name.startswith("_")}
    record = {
        "template": template,
        "commit": commit_of(repository),
        "checkout": project.answers.get("_checkout"),
        "context": {
            "cookiecutter": {
                **kept,
                "_house": project.answers["_house"],
                "_template_version": project.answers["_template_version"],
                "_template": template,
            }
        },
        "directory": None,
    }
    text = json.dumps(record, ensure_ascii=False, indent=2, separators=(",", ": "))
    target.write_text(text + "\n", encoding="utf-8", newline="\n")
    note_folder(project)


def note_folder(project: Project) -> None:
    """Write where the template lies on this machine, for its commands; git ignores that file."""
    if not str(project.answers["_template"]).endswith(".zip"):  # which is unpacked for the moment
        note = project.folder / FOLDER
        note.write_text(f"{project.run.template}\n", encoding="utf-8", newline="\n")


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


def record_managed_files(project: Project) -> None:
    """Write into `.managed.sha256` what each managed file is like as the template made it.

    A line is the mode that git would give a file, the digest of its bytes, and its path. Whether
    a managed file was changed since can be told by it without the template.
    """
    target = project.folder / DIGESTS
    if project.run.skip and target.exists():
        return
    made = managed_files(project.answers)
    states = {path: state_of(project.folder / path) for path in made}
    text = "".join(f"{' '.join(state)} {path}\n" for path, state in states.items() if state)
    target.write_text(text, encoding="utf-8", newline="\n")
