"""Compare this service with the template that made it, and bring in a newer one.

`make template-check` says whether there is something newer, and which managed files (the platform,
tools and deployment) were changed; its exit status is a sum of `Finding`. `make template-update`
merges the newer template on a branch.
The environment says how: `TEMPLATE` (a git repository, if not the recorded one), `ALLOW=changes`
(managed files that were changed are no finding), `TO` (a version, branch or commit) and `ANSWERS`
(`question=answer`).

Only the standard library and git are needed to check. Updates run what the template itself brings
for them, in an environment that uv makes for the moment.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from fnmatch import fnmatchcase
from pathlib import Path

RECORD = ".cruft.json"
DIGESTS = ".managed.sha256"
NEWEST = "refs/template/newest"
REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", f"+HEAD:{NEWEST}")
# What services are made from: the template's other files change none.
SOURCES = ("cookiecutter.json", "extensions", "hooks", "*.project_slug}}/*")
UPDATE = (
    "run",
    "--quiet",
    "--no-project",
    "--no-python-downloads",
    "--with-requirements=requirements/service.txt",
)
NOTHING_DONE = 64  # no sum of findings, and EX_USAGE of sysexits.h
UPDATES = "updates"
RUN = ("python", "-m", UPDATES)
PATIENCE = 60  # seconds for one command of git

State = tuple[str, str]
"""The mode that git gives a file, and the digest of what is in it."""


class Finding(IntFlag):
    """What a check found; the exit status of all of it is the sum."""

    CURRENT = 0
    BEHIND = 1
    CHANGED = 2
    NOT_COMPARED = 4


class Refused(Exception):
    """What was asked for cannot be done; its text is the one line that says why."""


@dataclass(frozen=True)
class Record:
    """What the service was made from."""

    address: str | None
    commit: str | None
    branch: str | None
    version: str

    @classmethod
    def read(cls, service: Path) -> "Record":
        """Return what a service's `.cruft.json` says, but for what `TEMPLATE` says.

        Raises:
            Refused: there is no such file, or it is none.
        """
        try:
            content = json.loads((service / RECORD).read_text(encoding="utf-8"))
            version = str(content["context"]["cookiecutter"]["_template_version"])
            address = os.environ.get("TEMPLATE") or content["template"]
            if address and Path(address).is_dir():
                address = str(Path(address).resolve())
            return cls(address, content["commit"], content.get("checkout"), version)
        except (OSError, ValueError, LookupError, TypeError) as error:
            reason = " ".join(str(error).split())
            raise Refused(f"{RECORD} can't be used, restore it: {reason}") from None


@dataclass(frozen=True)
class Template:
    """A copy of the template's repository, and one commit of it."""

    repository: Path
    commit: str

    @classmethod
    def fetch(cls, record: Record) -> "Template":
        """Bring the copy up to date, and return the newest commit.

        Raises:
            Refused: the template's address is unknown, can't be reached, or has no commit.
        """
        if not record.address:
            raise Refused(f"{RECORD} names no template: give its address, TEMPLATE=…")
        repository = _place_of_copy(record.address)
        if not (repository / "HEAD").is_file():
            repository.mkdir(parents=True, exist_ok=True)
            git("init", "--quiet", "--bare", ".", at=repository)
        fetch = ["fetch", "--quiet", "--prune", "--no-auto-gc", "--", record.address]
        git(*fetch, *REFS, at=repository)
        for name in (f"refs/heads/{record.branch}", NEWEST):
            if commit := commit_of(name, at=repository):
                return cls(repository, commit)
        raise Refused(f"{record.address} has no commit.")

    def at(self, wanted: str) -> "Template":
        """Return the template at a version, branch or commit, or as it is for an empty name.

        A version is found by its tag, or by the commit that the changelog gives it.

        Raises:
            Refused: there is no such version, branch or commit.
        """
        if not wanted:
            return self
        heading = rf"(?m)^## {re.escape(wanted)} – .*, commit ([0-9a-f]+)$"
        released = re.findall(heading, self.read("CHANGELOG.md"))
        for name in (f"v{wanted}", wanted, *released):
            if commit := commit_of(name, at=self.repository):
                return Template(self.repository, commit)
        raise Refused(f"The template has no version, branch or commit {wanted!r}.")

    def check_out(self, folder: Path) -> None:
        """Put the files of the commit into an empty folder."""
        clone = ["clone", "--quiet", "--shared", "--no-checkout"]
        git(*clone, str(self.repository), str(folder), at=folder)
        git("checkout", "--quiet", "--detach", self.commit, at=folder)

    def read(self, path: str) -> str:
        """Return a file of the commit."""
        return git("show", f"{self.commit}:{path}", at=self.repository)

    def has(self, path: str) -> bool:
        """Whether the commit has a file or folder."""
        exists = ["cat-file", "-e", f"{self.commit}:{path}"]
        return run_git(*exists, at=self.repository).returncode == 0

    def version(self) -> str:
        return str(json.loads(self.read("cookiecutter.json"))["_template_version"])

    def releases_since(self, version: str) -> list[str]:
        """Return the versions that the changelog gives a day, and that are newer than one."""
        named = re.findall(r"(?m)^## (\S+) – \d{4}-", self.read("CHANGELOG.md"))
        return [name for name in named if _number(name) > _number(version)]

    def makes_the_same_as(self, commit: str) -> bool:
        """Whether services are made from the same files as at another commit.

        Raises:
            Refused: the template has no such commit.
        """
        if not commit_of(commit, at=self.repository):
            raise Refused(f"The template has no commit {commit[:12]}, which made this.")
        compare = ["diff", "--quiet", commit, self.commit, "--", *SOURCES]
        return run_git(*compare, at=self.repository).returncode == 0


def main() -> int:
    """Check or update the service in this folder, or say in a line why that can't be done."""
    commands = {"check": check, "update": update}
    parser = argparse.ArgumentParser(prog="python -m tools.template")
    parser.add_argument("command", choices=commands)
    try:
        return commands[parser.parse_args().command](Path.cwd())
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return NOTHING_DONE
    except KeyboardInterrupt:
        return 130


def check(service: Path) -> int:
    """Say what is not as the newest template would have it."""
    found = look_for_changes(service)
    try:
        found |= look_for_something_newer(Record.read(service))
    except Refused as refusal:
        print(f"The version could not be compared: {refusal}")
        found |= Finding.NOT_COMPARED
    return int(found)


def look_for_something_newer(record: Record) -> Finding:
    """Say whether the template has changed since it made the service."""
    template = Template.fetch(record)
    newest = f"{template.version()} ({template.commit[:12]})"
    is_current = record.version == template.version()
    if record.commit:
        is_current = template.makes_the_same_as(record.commit)
    if is_current:
        print(f"Current: the newest template, {newest}, makes no other service.")
        return Finding.CURRENT
    releases = template.releases_since(record.version)
    count = f"{len(releases)} release{'' if len(releases) == 1 else 's'} behind"
    named = f" ({', '.join(releases)})" if releases else ", but changed since"
    mine = f"{record.version} ({(record.commit or 'of no commit')[:12]})"
    print(f"Behind: made by template {mine}, the newest is {newest}: {count}{named}.")
    print("`make template-update` merges it on a branch, and says what is to be done.")
    return Finding.BEHIND


def look_for_changes(service: Path) -> Finding:
    """Say which managed files are not as the template made them; this needs no network."""
    made = made_files(service)
    if made is None:
        print(f"Managed files: not compared, as there is no {DIGESTS}.")
        return Finding.NOT_COMPARED
    allowed = os.environ.get("ALLOW", "")
    if allowed not in {"", "changes"}:
        raise Refused(f"ALLOW={allowed} is unknown: there is ALLOW=changes.")
    changed = changed_since(service, made)
    if not changed:
        print(f"Managed files: all {len(made)} are as the template made them.")
        return Finding.CURRENT
    print(f"Managed files: {len(changed)} of {len(made)} were changed since:")
    for path in changed:
        print(f"  {path}{'' if (service / path).is_file() else ' (deleted)'}")
    return Finding.CURRENT if allowed else Finding.CHANGED


def made_files(service: Path) -> dict[str, State] | None:
    """Return what managed files were like when they were made; None if that is not recorded.

    Those that `skip` names by now are left out.
    """
    try:
        lines = (service / DIGESTS).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    own = own_paths(service)
    made = [line.split(" ", 2) for line in lines]
    return {path: (mode, digest) for mode, digest, path in made if not own(path)}


def changed_since(service: Path, made: Mapping[str, State | None]) -> list[str]:
    """Return the files that are not as they were made."""
    return [path for path, state in made.items() if state_of(service / path) != state]


def state_of(file: Path) -> State | None:
    """Return the mode that git would give a file, and the digest of what is in it."""
    if not file.is_file():
        return None
    mode = "755" if file.stat().st_mode & 0o100 else "644"
    return mode, hashlib.sha256(file.read_bytes()).hexdigest()


def own_paths(service: Path) -> Callable[[str], bool]:
    """Return what tells the team's own paths: `[tool.cruft] skip` of `pyproject.toml`."""
    try:
        with (service / "pyproject.toml").open("rb") as file:
            settings = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise Refused(f"pyproject.toml can't be read: {error}") from None
    own: list[str] = settings.get("tool", {}).get("cruft", {}).get("skip", [])

    def is_own(path: str) -> bool:
        return any(path.startswith(f"{one}/") or fnmatchcase(path, one) for one in own)

    return is_own


def update(service: Path) -> int:
    """Let the wanted template merge itself into the service.

    The newest template does it for a version that has no code for updates.
    """
    newest = Template.fetch(Record.read(service))
    template = newest.at(os.environ.get("TO", ""))
    updater = next((one for one in (template, newest) if one.has(UPDATES)), None)
    if not updater:
        raise Refused(f"Template {template.version()} can't update anything.")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        updater.check_out(copy)
        command = [*uv(), *UPDATE, f"--python={sys.executable}", *RUN]
        environment = {**os.environ, "SERVICE": str(service), "TO": template.commit}
        done = subprocess.run(command, cwd=copy, env=environment, check=False)
        return done.returncode


def git(*arguments: str, at: Path) -> str:
    """Run git and return what it printed.

    Raises:
        Refused: it failed, took too long, or is not there.
    """
    done = run_git(*arguments, at=at)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise Refused(f"git {arguments[0]}: {without_secrets(said[-1])}")
    return done.stdout


def without_secrets(text: str) -> str:
    """Return a text whose addresses have lost user, password, query and fragment."""
    without_login = re.sub(r"(\w+://)[^\s/'\"]*@", r"\1", text)
    return re.sub(r"(\w+://[^\s'\"?#]*)[?#][^\s'\"]*", r"\1", without_login)


def commit_of(name: str, at: Path) -> str | None:
    """Return the commit that a name stands for, or nothing."""
    command = ["rev-parse", "--verify", "--quiet", "--end-of-options"]
    return run_git(*command, name + "^{commit}", at=at).stdout.strip() or None


def run_git(*arguments: str, at: Path) -> "subprocess.CompletedProcess[str]":
    """Run git to its end, without any question to a person."""
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    for name in OF_ANOTHER:
        environment.pop(name, None)
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=at,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(f"git {arguments[0]}: {without_secrets(str(error))}") from None


# Set while git runs a hook: they name the service's repository, not the template's.
OF_ANOTHER = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")


def _place_of_copy(address: str) -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(address.encode()).hexdigest()
    return caches / "service-templates" / f"{digest[:16]}.git"


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def uv() -> list[str]:
    """Return how uv is called: that of this environment, the machine's, or a module."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.is_file() else shutil.which("uv")
    return [found] if found else [sys.executable, "-m", "uv"]


if __name__ == "__main__":
    sys.exit(main())
