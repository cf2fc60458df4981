"""What can be done with migrations, for a given database."""

import re
import warnings
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from app.core.database.settings import DatabaseSettings

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"
VERSIONS = Path(__file__).parent / "versions"

MAX_REVISION = 32
"""Characters that Alembic's table has for a revision."""

_SAME_REVISION = r"Revision (\S+) is present more than once"


def upgrade(database: DatabaseSettings, revision: str = "head") -> None:
    """Run the steps that are missing, up to a revision.

    Raises:
        alembic.util.CommandError: there is no such revision, or two come last.
    """
    if revision == "head":
        check_heads()
    command.upgrade(_config(database), revision)


def downgrade(database: DatabaseSettings, revision: str) -> None:
    """Undo steps, back to a revision, or all of them with `base`."""
    command.downgrade(_config(database), revision)


def check_heads() -> None:
    """Return if one step comes last, as is not so when two branches have added one each.

    Raises:
        alembic.util.CommandError: it is not so; the message names the files.
    """
    scripts = ScriptDirectory.from_config(Config(ALEMBIC_INI))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", _SAME_REVISION)
            heads = scripts.get_heads()
    except UserWarning as warning:
        raise CommandError(
            f"{_files_of(re.findall(_SAME_REVISION, str(warning)))} have the same "
            "revision. Give the one that no database has run the name of its file, "
            'without ".py", as its revision.',
        ) from None
    if len(heads) > 1:
        raise CommandError(
            f"{_files_of(heads)} come last. Join them with `make merge-migrations`.",
        )


def check(database: DatabaseSettings) -> None:
    """Return if the database has the shape that its tables describe.

    Raises:
        alembic.util.CommandError: it has not; the message names the differences.
    """
    check_heads()
    command.check(_config(database))


def write_revision(database: DatabaseSettings, message: str) -> None:
    """Write a step that brings the database to the shape that its tables describe.

    Raises:
        alembic.util.CommandError: the database lacks steps, or two come last.
    """
    check_heads()
    title = " ".join(message.split()).replace("\\", r"\\").replace('"', "'")
    revision = _next_revision(message)
    command.revision(_config(database), title, autogenerate=True, rev_id=revision)


def write_merge(database: DatabaseSettings) -> None:
    """Write a step that comes after all of the last ones, and changes nothing."""
    revision = _next_revision("merge")
    command.merge(_config(database), "heads", "Join two branches", rev_id=revision)


def _next_revision(message: str) -> str:
    """Return a number and words: two branches that take the same number use other words."""
    files = (path.name for path in VERSIONS.glob("*.py"))
    numbers = [int(found[0]) for name in files if (found := re.match(r"\d+", name))]
    words = re.sub("[^a-z0-9]+", "_", message.lower()).strip("_") or "step"
    return f"{max(numbers, default=0) + 1:04}_{words}"[:MAX_REVISION].rstrip("_")


def _files_of(revisions: list[str]) -> str:
    wanted = "|".join(map(re.escape, revisions))
    is_one = re.compile(rf"^revision\b.*[\"']({wanted})[\"']", re.MULTILINE)
    files = sorted(VERSIONS.glob("*.py"))
    names = [it.name for it in files if is_one.search(it.read_text(encoding="utf-8"))]
    return " and ".join(names)


def _config(database: DatabaseSettings) -> Config:
    return Config(ALEMBIC_INI, attributes={"database": database})
