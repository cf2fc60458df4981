"""The files in `migrations/versions`: one a step, run in the order of their numbers."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from runpy import run_path

from migrations.errors import MigrationError
from migrations.operations import Database

FOLDER = Path(__file__).parent / "versions"

Change = Callable[[Database], Awaitable[None]]

_FILE_NAME = re.compile(r"(\d{4})_\w+\.py")

_EMPTY_STEP = '''\
"""{title}."""

from migrations.operations import Database


async def upgrade(database: Database) -> None:
    pass


async def downgrade(database: Database) -> None:
    pass
'''


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the database, and the way back.

    Both may be run again after they failed half way, or were killed, and do no harm then.
    """

    revision: str
    upgrade: Change
    downgrade: Change


def all_steps(folder: Path = FOLDER) -> tuple[Step, ...]:
    """Return every step, the first one first.

    Raises:
        MigrationError: two steps have one number, as happens when branches are merged.
    """
    files = _files(folder)
    numbers = [path.name[:4] for path in files]
    twice = [path.name for path in files if numbers.count(path.name[:4]) > 1]
    if twice:
        raise MigrationError(
            f"{' and '.join(twice)} have the same number. "
            f"Rename the one that no database has run: {_next_number(files)} is free.",
        )
    return tuple(_load(path) for path in files)


def write_step(message: str, folder: Path = FOLDER) -> Path:
    """Write an empty step that says what it does, and return its file."""
    slug = re.sub(r"\W+", "_", message.lower()).strip("_")[:40] or "step"
    path = folder / f"{_next_number(_files(folder))}_{slug}.py"
    title = " ".join(message.split()).rstrip(".")
    title = title.replace("\\", "\\\\").replace('"', '\\"')
    path.write_text(_EMPTY_STEP.format(title=title), encoding="utf-8")
    return path


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _FILE_NAME.fullmatch(path.name))


def _next_number(files: list[Path]) -> str:
    return f"{max((int(path.name[:4]) for path in files), default=0) + 1:04}"


def _load(path: Path) -> Step:
    """Run a file whose name, beginning with a digit, no `import` statement can say."""
    names = run_path(str(path))
    return Step(path.name[:4], names["upgrade"], names["downgrade"])
