"""Showing the state of many services: what `service-template fleet` and `make fleet` do."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from service_template.fleet.looking import look_at_all
from service_template.fleet.report import print_table, write_json, write_page
from service_template.fleet.sources import addresses_in
from service_template.generation.source import source_of_installation
from service_template.git import copy_of
from service_template.paths import IS_INSTALLED, TEMPLATE
from service_template.template import Template

WIDTH = 200
"""Columns of the table where there is no terminal that has its own."""


def show(file: Path, template: str | None) -> None:
    """Print a table, and write `fleet.json` and `fleet.html` into the folder where this is run.

    Args:
        file: it names a service on each line: a folder, from where the file is, or the address of
            a git repository. White space around it, empty lines and lines that begin with `#` do
            not count.
        template: the repository to compare with, if not the one that this code is from.

    Raises:
        Refused: there is nothing to look at, or nothing to compare with.
    """
    addresses = addresses_in(file.expanduser())
    with repository(template) as compared:
        rows = look_at_all(addresses, compared)
    print_table(rows, Console(width=None if sys.stdout.isatty() else WIDTH))
    write_json(rows, Path("fleet.json"))
    write_page(rows, Path("fleet.html"))
    print("The same, to sort and to filter: fleet.html; for programs: fleet.json")


@contextmanager
def repository(address: str | None) -> Iterator[Path]:
    """Yield a checkout of the template with its history: a clone that runs this, or the newest."""
    if not address and not IS_INSTALLED:
        yield TEMPLATE
        return
    if not address:
        source = source_of_installation()
        address = source.address or str(source.folder or "")
    newest = Template.at_address(address)
    with tempfile.TemporaryDirectory() as folder:
        yield copy_of(newest.repository, newest.commit, Path(folder) / "template")
