"""Stand-in for git on a machine without it: `make_command` writes a `git` to put on the `PATH`.

It knows the commands that `tools` and its tests run. A repository holds a folder for each commit.
"""

import hashlib
import json
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NoReturn


def make_command(folder: Path) -> Path:
    """Write the command `git` into a folder."""
    command = folder / "git"
    run = shlex.join([sys.executable, "-I", "-S", __file__])
    command.write_text(f'#!/bin/sh\nexec {run} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return command


def main(words: Sequence[str]) -> None:
    """Run one command, as `git` does with the same words."""
    folder = Path()
    while words[0] in {"-C", "-c"}:
        option, value, *words = words
        folder = Path(value) if option == "-C" else folder
    command, *arguments = words
    options = {word for word in arguments if word.startswith("-")}
    names = [word for word in arguments if word not in options]
    COMMANDS[command](Repository(folder), names, options)


class Repository:
    """A folder with files under version control, or a bare repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / ".git" if (folder / ".git").is_dir() else folder

    def init(self, names: Sequence[str], options: set[str]) -> None:
        """Make an empty repository."""
        folder = self.folder.joinpath(*names)
        store = folder if "--bare" in options else folder / ".git"
        (store / "commits").mkdir(parents=True)
        (store / "HEAD").touch()

    def add(self, names: Sequence[str], options: set[str]) -> None:
        """Put files into the index."""
        if "--all" in options:
            names = sorted(files_of(self.folder) - files_of(self.folder, ".git"))
        text = "\0".join(sorted({*self.indexed(), *names}))
        (self.store / "index").write_text(text, encoding="utf-8")

    def ls_files(self, _names: Sequence[str], _options: set[str]) -> None:
        """Print the index."""
        sys.stdout.write("\0".join(self.indexed()))

    def commit(self, _names: Sequence[str], _options: set[str]) -> None:
        """Store the files of the index, and let HEAD be the new commit."""
        files = [name for name in self.indexed() if (self.folder / name).is_file()]
        digest = hashlib.sha1(self.read("HEAD").encode(), usedforsecurity=False)
        for name in files:
            digest.update(json.dumps([name]).encode())
            digest.update((self.folder / name).read_bytes())
        commit = self.store / "commits" / digest.hexdigest()
        for name in files:
            (commit / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / name, commit / name)
        (self.store / "HEAD").write_text(commit.name, encoding="utf-8")

    def rev_parse(self, names: Sequence[str], _options: set[str]) -> None:
        """Print the commit that a name stands for."""
        sys.stdout.write(self.resolve(names[0].removesuffix("^{commit}")).name)

    def fetch(self, names: Sequence[str], _options: set[str]) -> None:
        """Copy the commits of another repository, and each ref that is named in full."""
        address, *refs = names
        other = Repository(Path(address))
        commits = other.store / "commits"
        if not commits.is_dir():
            fail(f"'{address}' does not appear to be a git repository")
        shutil.copytree(commits, self.store / "commits", dirs_exist_ok=True)
        for ref in refs:
            source, _, target = ref.removeprefix("+").partition(":")
            if "*" not in source:
                (self.store / target).parent.mkdir(parents=True, exist_ok=True)
                (self.store / target).write_text(other.read(source), encoding="utf-8")

    def clone(self, names: Sequence[str], _options: set[str]) -> None:
        """Copy a repository into another folder."""
        source, target = names
        shutil.copytree(source, Path(target) / ".git")

    def checkout(self, names: Sequence[str], _options: set[str]) -> None:
        """Write the files of a commit."""
        shutil.copytree(self.resolve(names[0]), self.folder, dirs_exist_ok=True)

    def show(self, names: Sequence[str], _options: set[str]) -> None:
        """Print a file of a commit."""
        sys.stdout.write(self.find(names[0]).read_text(encoding="utf-8"))

    def cat_file(self, names: Sequence[str], _options: set[str]) -> None:
        """Fail if a commit lacks a file or folder."""
        self.find(names[0])

    def diff(self, names: Sequence[str], _options: set[str]) -> None:
        """Fail if two commits differ in files that match a pattern."""
        first, second, *patterns = names
        versions = [
            {name: (commit / name).read_bytes() for name in files_of(commit)}
            for commit in map(self.resolve, (first, second))
        ]
        changed = dict(versions[0].items() ^ versions[1].items())
        if any(matches(name, pattern) for name in changed for pattern in patterns):
            sys.exit(1)

    def indexed(self) -> list[str]:
        """Return the names in the index."""
        return list(filter(None, self.read("index").split("\0")))

    def resolve(self, name: str) -> Path:
        """Return the folder of a commit."""
        commit = self.store / "commits" / (self.read(name) or name)
        return commit if commit.is_dir() else fail(f"not a commit: {name}")

    def find(self, place: str) -> Path:
        """Return where the stand-in holds `<commit>:<path>`."""
        name, _, path = place.partition(":")
        found = self.resolve(name) / path
        return found if found.exists() else fail(f"'{path}' is not in '{name}'")

    def read(self, name: str) -> str:
        """Return the text of a ref or of the index, nothing if there is none."""
        file = self.store / name
        return file.read_text(encoding="utf-8") if file.is_file() else ""


def files_of(folder: Path, under: str = "") -> set[str]:
    """Return the files of a folder, by their paths from it."""
    paths = (folder / under).rglob("*")
    return {path.relative_to(folder).as_posix() for path in paths if path.is_file()}


def matches(name: str, pattern: str) -> bool:
    return name.startswith(f"{pattern}/") or fnmatchcase(name, pattern)


def fail(reason: str) -> NoReturn:
    sys.exit(f"fatal: {reason}")


COMMANDS: dict[str, Callable[[Repository, Sequence[str], set[str]], None]] = {
    "add": Repository.add,
    "cat-file": Repository.cat_file,
    "checkout": Repository.checkout,
    "clone": Repository.clone,
    "commit": Repository.commit,
    "diff": Repository.diff,
    "fetch": Repository.fetch,
    "init": Repository.init,
    "ls-files": Repository.ls_files,
    "rev-parse": Repository.rev_parse,
    "show": Repository.show,
}

if __name__ == "__main__":
    main(sys.argv[1:])
