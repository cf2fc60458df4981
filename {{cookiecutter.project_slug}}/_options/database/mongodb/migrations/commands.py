"""What can be done with migrations, for a given database."""

import asyncio
from itertools import chain

from app.core.database.settings import DatabaseSettings
from app.repositories.database import COLLECTIONS
from migrations.comparison import differences
from migrations.database import exclusive_database, open_database
from migrations.errors import MigrationError
from migrations.history import History
from migrations.steps import all_steps, write_step


def upgrade(database: DatabaseSettings, revision: str = "head") -> None:
    """Run the steps that are missing, up to a revision.

    Raises:
        MigrationError: the database can't be used, or a step failed; those before it count.
    """
    asyncio.run(_upgrade(database, revision))


def downgrade(database: DatabaseSettings, revision: str) -> None:
    """Undo steps, back to a revision, the last two with `-2`, or all with `base`.

    Raises:
        MigrationError: the database can't be used, or a step failed; it may be half undone.
    """
    asyncio.run(_downgrade(database, revision))


def check(database: DatabaseSettings) -> None:
    """Return if every step has run and the database has the shape that `schema.py` describes.

    Raises:
        MigrationError: it has not; the message names the differences.
    """
    asyncio.run(_check(database))


def check_heads() -> None:
    """Return if each step has a number of its own.

    Raises:
        MigrationError: two branches have used the same one; the message names the files.
    """
    all_steps()


def write_revision(_database: DatabaseSettings, message: str) -> None:
    """Write an empty step, numbered after the last one."""
    write_step(message)


async def _upgrade(settings: DatabaseSettings, revision: str) -> None:
    async with exclusive_database(settings) as database:
        await History(database, all_steps()).upgrade(revision)


async def _downgrade(settings: DatabaseSettings, revision: str) -> None:
    async with exclusive_database(settings) as database:
        await History(database, all_steps()).downgrade(revision)


async def _check(settings: DatabaseSettings) -> None:
    async with open_database(settings) as database:
        missing = await History(database, all_steps()).missing()
        if missing:
            names = ", ".join(step.revision for step in missing)
            raise MigrationError(f"These steps have not been run: {names}.")
        found = [await differences(database, expected) for expected in COLLECTIONS]
    lines = list(chain.from_iterable(found))
    if lines:
        raise MigrationError("\n".join(lines))
