"""Merging two renderings into a service: three ways, on a branch, in its own repository."""

import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from service_template.errors import Refused
from service_template.git import commit_of, git, try_git
from service_template.ownership import Ownership, owner_of

# What tools leave, wherever a service's .gitignore does not name it: no work of anybody.
LEFT_BY_TOOLS = {"__pycache__", ".coverage", ".hypothesis", ".venv"}


@dataclass(frozen=True)
class Merge:
    """The files, by paths in the repository or in the service, that a merge had to ask about."""

    conflicts: list[str]
    deleted: list[str]
    """Seeded files that the team has deleted, and that stay so although the template changed them."""


@dataclass(frozen=True)
class Repository:
    """The git repository of a service, which may be a folder of a larger one."""

    service: Path
    prefix: str
    """The service's folder within the repository, with a slash at its end; empty for its root."""

    @classmethod
    def of(cls, service: Path) -> "Repository":
        """Return the repository of a service in which there is no work to lose.

        Raises:
            Refused: there is none, nothing has been committed, or something not yet.
        """
        inside = try_git("rev-parse", "--show-prefix", at=service)
        if inside.returncode != 0:
            raise Refused(f"{service} is in no git repository: run git init, and commit it.")
        if not commit_of("HEAD", at=service):
            raise Refused(f"{service} has never been committed: do that first.")
        repository = cls(service, inside.stdout.strip())
        git("var", "GIT_COMMITTER_IDENT", at=service)
        if work := repository.uncommitted():
            shown = ", ".join(work[:3]) + (", …" if len(work) > 3 else "")
            raise Refused(f"There is uncommitted work: commit or stash it first ({shown}).")
        return repository

    def uncommitted(self) -> list[str]:
        """Return what has not been committed, in the whole repository."""
        command = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
        status = try_git(*command, at=self.service).stdout
        entries = [(entry[:2], entry[3:]) for entry in status.split("\0") if entry]
        return [path for state, path in entries if state != "??" or not _is_left_by_tools(path)]

    def update_by(self, old: Path, new: Path, branch: str, message: str) -> Merge:
        """Merge what changed between two renderings, on a new branch.

        Git sees one commit that makes the new rendering of the old one, and takes it over as it
        would take any other. Without conflicts that commit is made; with some, nothing is.

        Raises:
            Refused: the branch is there already, or git can't merge at all; all is as it was.
        """
        if commit_of(f"refs/heads/{branch}", at=self.service):
            raise Refused(f"There is a branch {branch} already: merge it, or delete it.")
        before = self._commit(old, "What the template made before")
        after = self._commit(new, message, before)
        here = try_git("symbolic-ref", "--quiet", "--short", "HEAD", at=self.service).stdout.strip()
        back = [here] if here else ["--detach", str(commit_of("HEAD", at=self.service))]
        git("switch", "--quiet", "--create", branch, at=self.service)
        try:
            merged = try_git("cherry-pick", after, at=self.service)
            if merged.returncode == 0:
                return Merge([], [])
            deleted = self._seeded_files_that_the_team_deleted()
            if deleted:
                git("rm", "--quiet", "--force", "--", *deleted, at=self.service)
            if conflicts := self._conflicts():
                return Merge(conflicts, deleted)
            if deleted:
                commit = ("commit", "--quiet", "--no-verify", f"--reuse-message={after}")
                git(*commit, at=self.service)
                return Merge([], deleted)
            said = merged.stderr.strip().splitlines() or ["git cherry-pick failed"]
            raise Refused(" ".join(line.strip() for line in said[:3]))
        except BaseException:
            try_git("cherry-pick", "--abort", at=self.service)
            git("switch", "--quiet", *back, at=self.service)
            git("branch", "--quiet", "-D", branch, at=self.service)
            raise

    def changed(self) -> str:
        """Return how much the newest commit changed, in one line."""
        return git("show", "--shortstat", "--format=", "HEAD", at=self.service)

    def _conflicts(self) -> list[str]:
        listed = git("diff", "--name-only", "--diff-filter=U", "-z", at=self.service)
        return [path for path in listed.split("\0") if path]

    def _seeded_files_that_the_team_deleted(self) -> list[str]:
        """Return those that are in conflict because the template has changed them."""
        listed = git("ls-files", "--unmerged", "-z", at=self.service)
        stages: dict[str, str] = {}
        for line in filter(None, listed.split("\0")):
            entry, path = line.split("\t", 1)
            stages[path] = stages.get(path, "") + entry[-1]
        seeded = (path for path in stages if owner_of(path) is Ownership.SEEDED)
        return [path for path in seeded if stages[path] == "13"]

    def _commit(self, rendering: Path, message: str, *parents: str) -> str:
        """Store a rendering in the repository as a commit that no branch knows."""
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
            place = {"GIT_DIR": git("rev-parse", "--absolute-git-dir", at=self.service)}
            place |= {"GIT_WORK_TREE": str(rendering), **index}
            git("add", "--all", "--force", ".", at=rendering, **place)
            tree = git("write-tree", at=rendering, **place)
            if self.prefix:
                top = Path(git("rev-parse", "--show-toplevel", at=self.service))
                git("read-tree", "HEAD", at=top, **index)
                git("rm", "-r", "--quiet", "--cached", self.prefix, at=top, **index)
                git("read-tree", f"--prefix={self.prefix}", tree, at=top, **index)
                tree = git("write-tree", at=top, **index)
        options = [word for parent in parents for word in ("-p", parent)]
        return git("commit-tree", tree, *options, "-m", message, at=self.service)


def _is_left_by_tools(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return any(
        part in LEFT_BY_TOOLS or (part.startswith(".") and part.endswith("_cache"))
        for part in parts
    )
