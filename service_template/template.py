"""The template's repository: a copy of it on this machine, and what its commits say."""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from service_template.changelog import number, released
from service_template.errors import Refused
from service_template.git import commit_of, git, try_git
from service_template.record import NAME, Record, noted_folder

NEWEST = "refs/template/newest"
REFS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", f"+HEAD:{NEWEST}")
SOURCES = (
    "cookiecutter.json",
    "hooks",
    "service_template/answers",
    "service_template/generation",
    "service_template/options.py",
    "service_template/ownership.py",
    "service_template/standards",
    "*.project_slug}}/*",
)
"""What services are made from and checked by: the template's other files change none."""


@dataclass(frozen=True)
class Template:
    """A copy of the template's repository, and one commit of it."""

    repository: Path
    commit: str

    @classmethod
    def fetch(cls, service: Path, record: Record, address: str | None) -> "Template":
        """Bring the copy up to date, and return the newest commit.

        Args:
            service: the folder of what it made
            record: what that was made from
            address: where the template is, if not where the record says

        Raises:
            Refused: the template's address is unknown, can't be reached, or has no commit.
        """
        address = address or record.address or noted_folder(service) or ""
        return cls.at_address(address, record.branch)

    @classmethod
    def at_address(cls, address: str, branch: str | None = None) -> "Template":
        """Bring the copy of a repository up to date; return the newest commit, of a branch if given.

        Raises:
            Refused: the address is empty, can't be reached, or has no commit.
        """
        if not address:
            raise Refused(f"{NAME} names no template: give its address, TEMPLATE=…")
        if Path(address).is_dir():
            address = str(Path(address).resolve())
        repository = _place_of_copy(address)
        if not (repository / "HEAD").is_file():
            repository.mkdir(parents=True, exist_ok=True)
            git("init", "--quiet", "--bare", ".", at=repository)
        fetch = ["fetch", "--quiet", "--prune", "--no-auto-gc", "--", address]
        git(*fetch, *REFS, at=repository)
        for name in (f"refs/heads/{branch}", NEWEST):
            if commit := commit_of(name, at=repository):
                return cls(repository, commit)
        raise Refused(f"{address} has no commit.")

    def at(self, wanted: str) -> "Template":
        """Return the template at a version, branch or commit, or as it is for an empty name.

        A version is found by its tag, or by the commit that the changelog gives it.

        Raises:
            Refused: there is no such version, branch or commit.
        """
        if not wanted:
            return self
        commit_of_release = released(self.read("CHANGELOG.md")).get(wanted)
        for name in (f"v{wanted}", wanted, commit_of_release):
            if name and (commit := commit_of(name, at=self.repository)):
                return Template(self.repository, commit)
        raise Refused(f"The template has no version, branch or commit {wanted!r}.")

    def read(self, path: str) -> str:
        """Return a file of the commit."""
        return git("show", f"{self.commit}:{path}", at=self.repository)

    def has(self, path: str) -> bool:
        """Whether the commit has a file or folder."""
        exists = ["cat-file", "-e", f"{self.commit}:{path}"]
        return try_git(*exists, at=self.repository).returncode == 0

    def version(self) -> str:
        return str(json.loads(self.read("cookiecutter.json"))["_template_version"])

    def releases_since(self, version: str) -> list[str]:
        """Return the versions that the changelog gives a day, and that are newer than one."""
        named = released(self.read("CHANGELOG.md"))
        return [name for name in named if number(name) > number(version)]

    def makes_the_same_as(self, commit: str) -> bool:
        """Whether services are made from the same files as at another commit.

        Raises:
            Refused: the template has no such commit.
        """
        if not commit_of(commit, at=self.repository):
            raise Refused(f"The template has no commit {commit[:12]}, which made this.")
        compare = ["diff", "--quiet", commit, self.commit, "--", *SOURCES]
        return try_git(*compare, at=self.repository).returncode == 0


def _place_of_copy(address: str) -> Path:
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(address.encode()).hexdigest()
    return caches / "service-templates" / f"{digest[:16]}.git"
