"""What can be done with migrations, for a given database."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.core.database import DatabaseSettings

ALEMBIC_INI = Path(__file__).parent.parent / "alembic.ini"


def upgrade(database: DatabaseSettings, revision: str = "head") -> None:
    """Run the steps that are missing, up to a revision."""
    command.upgrade(_config(database), revision)


def downgrade(database: DatabaseSettings, revision: str) -> None:
    """Undo steps, back to a revision, or all of them with `base`."""
    command.downgrade(_config(database), revision)


def check(database: DatabaseSettings) -> None:
    """Return if the database has the shape that `tables.py` describes.

    Raises:
        alembic.util.CommandError: it has not; the message names the differences.
    """
    command.check(_config(database))


def write_revision(database: DatabaseSettings, message: str) -> None:
    """Write a step that brings the database to the shape that `tables.py` describes."""
    config = _config(database)
    steps = ScriptDirectory.from_config(config).walk_revisions()
    number = f"{sum(1 for _ in steps) + 1:04}"
    title = " ".join(message.split()).replace("\\", r"\\").replace('"', "'")
    command.revision(config, title, autogenerate=True, rev_id=number)


def _config(database: DatabaseSettings) -> Config:
    return Config(ALEMBIC_INI, attributes={"database": database})
