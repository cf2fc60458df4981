"""A generated service, and ways to run commands in it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

LEFT_BY_TOOLS = {
    ".coverage",
    ".deptry_cache",
    ".git",
    ".hypothesis",
    ".import_linter_cache",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "uv.lock",
}

Finished = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Service:
    """A generated service; its environment is `.venv`, or lies elsewhere."""

    path: Path
    environment: Path | None = None

    def has_file(self, name: str) -> bool:
        return (self.path / name).is_file()

    def read(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

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

    def copy_to(self, folder: Path) -> "Service":
        """Return a copy that a test may change."""
        copy = folder / self.path.name
        # Another test may be running a tool, whose cache comes and goes.
        ignored = shutil.ignore_patterns(".*_cache")
        shutil.copytree(self.path, copy, symlinks=True, ignore=ignored)
        return Service(copy, self.environment)


def run(*command: str | Path, cwd: Path, **variables: str) -> Finished:
    """Run a command to its end, with some environment variables changed; keep its output."""
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**environment_without_make(), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=900,
    )


def environment_without_make() -> dict[str, str]:
    """Return the environment as it is outside of `make test`: makes within it talk differently."""
    of_make = {"MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS"}
    return {name: value for name, value in os.environ.items() if name not in of_make}


def last_line(text: str) -> str:
    """Return the last line that says something."""
    return [line for line in text.splitlines() if line.strip()][-1]
