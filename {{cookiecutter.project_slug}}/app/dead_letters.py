"""Look after events that were given up: `python -m app.dead_letters list`."""

import argparse
import asyncio
import sys
from uuid import UUID

from app.core.database.errors import RepositoryError
from app.core.events.outbox_message import OutboxEntry
from app.core.settings import Settings, settings_or_exit
from app.repositories.database import open_storage

LIST_LIMIT = 100


def main() -> None:
    """Do what the command line says, or exit with a line that says why not."""
    options = _parser().parse_args()
    try:
        lines = asyncio.run(_lines(settings_or_exit(), options))
    except RepositoryError as error:
        sys.exit(f"The database can't be used: {error}. Is DATABASE__URL right?")
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _parser() -> argparse.ArgumentParser:
    command = "python -m app.dead_letters"
    parser = argparse.ArgumentParser(prog=command, description=__doc__)
    subparsers = parser.add_subparsers(dest="command", required=True)

    subparsers.add_parser("list", help=f"list the oldest {LIST_LIMIT}, one a line")

    requeue = subparsers.add_parser("requeue", help="deliver again")
    which = requeue.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", type=UUID, help="the id of one, as listed")
    which.add_argument("--all", action="store_true", help="all of them")
    return parser


async def _lines(settings: Settings, options: argparse.Namespace) -> list[str]:
    async with open_storage(settings.database) as storage:
        if options.command == "list":
            entries = await storage.outbox.list_dead(LIST_LIMIT)
            return [_line(entry) for entry in entries]
        count = await storage.outbox.requeue(options.id)
        return [f"{count} requeued"]


def _line(entry: OutboxEntry) -> str:
    """Return id, name, time, attempts and reason, between tabs."""
    event = entry.event
    columns = [
        str(event.id),
        event.name,
        event.occurred_at.isoformat(),
        f"{entry.attempts} attempts",
        entry.last_error or "",
    ]
    return "\t".join(columns)


if __name__ == "__main__":
    main()
