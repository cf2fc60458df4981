"""A generated service, and ways to run commands in it."""

import fcntl
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEFT_BY_TOOLS = {
    ".coverage",
    ".deptry_cache",
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".template",
    ".venv",
    "__pycache__",
    "uv.lock",
}

Finished = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Service:
    """A generated service; its environment is `.venv`, or lies elsewhere.

    `caches` is where tools keep what they found out, if services share that.
    """

    path: Path
    environment: Path | None = None
    caches: Path | None = None

    def has_file(self, name: str) -> bool:
        return (self.path / name).is_file()

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    def answers(self) -> dict[str, Any]:
        """Return the answers that it was made with."""
        record = json.loads(self.read(".cruft.json"))
        return dict(record["context"]["cookiecutter"])

    def files(self) -> dict[str, bytes]:
        """Return the content of every file that the template made, by its path."""
        paths = (path.relative_to(self.path) for path in self.path.rglob("*") if path.is_file())
        made = sorted(path for path in paths if not LEFT_BY_TOOLS.intersection(path.parts))
        return {path.as_posix(): (self.path / path).read_bytes() for path in made}

    def run(self, *command: str, **variables: str) -> Finished:
        """Run a command in the service; the caller looks at its `returncode`."""
        return run(*command, cwd=self.path, **variables)

    def tool(self, name: str, *arguments: str, **variables: str) -> Finished:
        """Run a tool of the service's environment."""
        environment = self.environment or self.path / ".venv"
        return self.run(str(environment / "bin" / name), *arguments, **variables)

    @contextmanager
    def type_cache(self) -> Iterator[dict[str, str]]:
        """Lend what mypy found out about other services, as variables to run it with.

        It looks anew at what differs only. A cache is for one mypy at a time: there are as many
        as have ever run side by side.
        """
        if not self.caches:
            yield {}
            return
        self.caches.mkdir(parents=True, exist_ok=True)
        for number in itertools.count():
            cache = self.caches / f"mypy-{number}"
            with cache.with_suffix(".guard").open("w") as guard:
                try:
                    fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield {"MYPY_CACHE_DIR": str(cache)}
                return

    def copy_to(self, folder: Path) -> "Service":
        """Return a copy that a test may change."""
        copy = folder / self.path.name
        # Another test may be running a tool, whose cache comes and goes.
        ignored = shutil.ignore_patterns(".*_cache")
        shutil.copytree(self.path, copy, symlinks=True, ignore=ignored)
        return Service(copy, self.environment, self.caches)


def run(*command: str | Path, cwd: Path, **variables: str) -> Finished:
    """Run a command to its end, with some environment variables changed; keep its output."""
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**outside_of_make(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=1700,
    )


def outside_of_make() -> dict[str, str]:
    """Return the environment as it is outside of `make test`: makes within it talk differently.

    Bytecode is written, as many Pythons are started that live for a moment.
    """
    left_out = {"MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in left_out}


def last_line(text: str) -> str:
    """Return the last line that says something."""
    return [line for line in text.splitlines() if line.strip()][-1]
