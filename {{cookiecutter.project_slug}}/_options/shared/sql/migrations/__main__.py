"""Bring the database to its present shape: `python -m migrations upgrade`.

While developing, a database that does not exist yet is created.
"""

import argparse
import asyncio
import sys

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from app.core.settings import Settings, settings_or_exit
from migrations import commands
from migrations.database import create_database


def main() -> None:
    """Do what the command line says, or exit with a line that says why not."""
    options = _parser().parse_args()
    try:
        options.run(settings_or_exit(), options)
    except CommandError as error:
        sys.exit(str(error))
    except (OSError, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = " ".join(str(cause or type(cause).__name__).split())
        sys.exit(f"The database can't be used: {reason}. Is DATABASE__URL right?")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    subparsers = parser.add_subparsers(required=True)

    upgrade = subparsers.add_parser("upgrade", help="run the steps that are missing")
    upgrade.add_argument("revision", nargs="?", default="head")
    upgrade.set_defaults(run=_upgrade)

    downgrade = subparsers.add_parser("downgrade", help="undo steps")
    downgrade.add_argument("revision", help="the step to go back to, or `base`")
    downgrade.set_defaults(run=_downgrade)

    revision = subparsers.add_parser("revision", help="write a step for changed tables")
    revision.add_argument("message", help="what it does, in a few words")
    revision.set_defaults(run=_revision)

    heads = subparsers.add_parser("heads", help="fail if two steps come last")
    heads.set_defaults(run=_heads)

    merge = subparsers.add_parser("merge", help="write a step that joins the last ones")
    merge.set_defaults(run=_merge)

    check = subparsers.add_parser("check", help="fail if tables and steps disagree")
    check.set_defaults(run=_check)
    return parser


def _upgrade(settings: Settings, options: argparse.Namespace) -> None:
    if not settings.in_production:
        asyncio.run(create_database(settings.database))
    commands.upgrade(settings.database, options.revision)


def _downgrade(settings: Settings, options: argparse.Namespace) -> None:
    commands.downgrade(settings.database, options.revision)


def _revision(settings: Settings, options: argparse.Namespace) -> None:
    commands.write_revision(settings.database, options.message)


def _heads(_settings: Settings, _options: argparse.Namespace) -> None:
    commands.check_heads()


def _merge(settings: Settings, _options: argparse.Namespace) -> None:
    commands.write_merge(settings.database)


def _check(settings: Settings, _options: argparse.Namespace) -> None:
    commands.check(settings.database)


if __name__ == "__main__":
    main()
