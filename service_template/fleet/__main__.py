"""Show the state of many services: what `make fleet FLEET=services.txt` runs.

The file names a service on each line: a folder, from where the file is, or the address of a git
repository. White space around it, empty lines and lines that begin with `#` do not count.

The table is printed; `fleet.json` and `fleet.html` are written beside it, in the folder where this is
run. The exit status is 0 whatever is found, and 1 if there is nothing to look at.
"""

import os
import sys
from pathlib import Path

from rich.console import Console

from service_template.errors import Refused
from service_template.fleet.looking import look_at_all
from service_template.fleet.report import print_table, write_json, write_page
from service_template.fleet.sources import addresses_in
from service_template.paths import TEMPLATE

WIDTH = 200
"""Columns of the table where there is no terminal that has its own."""


def main() -> int:
    try:
        addresses = addresses_in(Path(os.environ.get("FLEET") or "services.txt").expanduser())
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    rows = look_at_all(addresses, TEMPLATE)
    print_table(rows, Console(width=None if sys.stdout.isatty() else WIDTH))
    write_json(rows, Path("fleet.json"))
    write_page(rows, Path("fleet.html"))
    print("The same, to sort and to filter: fleet.html; for programs: fleet.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
