"""Bring the database to its present shape: `python -m migrations upgrade`.

MongoDB creates a database that does not exist yet.
"""

import argparse
import sys

from app.core.settings import Settings, settings_or_exit
from migrations import commands
from migrations.errors import MigrationError


def main() -> None:
    """Do what the command line says, or exit with a line that says why not."""
    options = _parser().parse_args()
    try:
        options.run(settings_or_exit(), options)
    except MigrationError as error:
        sys.exit(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    subparsers = parser.add_subparsers(required=True)

    upgrade = subparsers.add_parser("upgrade", help="run the steps that are missing")
    upgrade.add_argument("revision", nargs="?", default="head")
    upgrade.set_defaults(run=_upgrade)

    downgrade = subparsers.add_parser("downgrade", help="undo steps")
    downgrade.add_argument("revision", help="the step to go back to, `-1`, or `base`")
    downgrade.set_defaults(run=_downgrade)

    revision = subparsers.add_parser("revision", help="write an empty step")
    revision.add_argument("message", help="what it does, in a few words")
    revision.set_defaults(run=_revision)

    heads = subparsers.add_parser("heads", help="fail if two steps have one number")
    heads.set_defaults(run=_heads)

    check = subparsers.add_parser("check", help="fail if database and code disagree")
    check.set_defaults(run=_check)
    return parser


def _upgrade(settings: Settings, options: argparse.Namespace) -> None:
    commands.upgrade(settings.database, options.revision)


def _downgrade(settings: Settings, options: argparse.Namespace) -> None:
    commands.downgrade(settings.database, options.revision)


def _revision(settings: Settings, options: argparse.Namespace) -> None:
    commands.write_revision(settings.database, options.message)


def _heads(_settings: Settings, _options: argparse.Namespace) -> None:
    commands.check_heads()


def _check(settings: Settings, _options: argparse.Namespace) -> None:
    commands.check(settings.database)


if __name__ == "__main__":
    main()
