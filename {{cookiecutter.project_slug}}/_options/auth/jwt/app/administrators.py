"""Make somebody an administrator: `python -m app.administrators grant ada@example.com`.

Whoever it is has registered before. `revoke` takes the role away again.
"""

import argparse
import asyncio
import sys

from app.core.errors import NotFound, ServiceError
from app.core.observability.logging import configure_logging
from app.core.settings import Settings, settings_or_exit
from app.core.validation import InvalidDetails
from app.repositories.database import open_storage
from app.services.administrators import AdministratorService


def main() -> None:
    """Do what the command line says, or exit with a line that says why not."""
    parser = argparse.ArgumentParser(
        prog="python -m app.administrators",
        description="Make somebody who has registered an administrator, or no longer one.",
    )
    parser.add_argument("action", choices=["grant", "revoke"])
    parser.add_argument("email", help="the address that they registered with")
    arguments = parser.parse_args()
    settings = settings_or_exit()
    configure_logging("warning", settings.log_format, sys.stderr)
    granted = arguments.action == "grant"
    sys.stdout.write(f"{asyncio.run(_set_role(settings, arguments.email, granted))}\n")


async def _set_role(settings: Settings, email: str, granted: bool) -> str:
    """Change a role, and return the line that says so."""
    try:
        async with open_storage(settings.database) as storage:
            service = AdministratorService(storage.unit_of_work)
            is_new = await service.set_role(email, administrator=granted)
    except InvalidDetails as error:
        sys.exit(f"{email}: {error}.")
    except NotFound:
        sys.exit(f"{email}: no active user has this address. Register first.")
    except ServiceError as error:
        sys.exit(str(error))
    now = "" if is_new else " already"
    return f"{email} is{now} {'an administrator' if granted else 'an ordinary user'}."


if __name__ == "__main__":
    main()
