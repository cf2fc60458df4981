"""What was found, as a table for people, as JSON for programs, as a page to sort and to filter."""

import html
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from fleet.looking import Row

COLUMNS = ("service", "choices", "version", "template", "behind", "changed", "tests")
PAGE = Path(__file__).with_name("page.html")


def template_of(row: Row) -> str:
    """Return whether the template would make the same service today, in a word."""
    if row.problem:
        return ""
    return {True: "current", False: "newer", None: "unknown"}[row.is_current]


def tests_of(row: Row) -> str:
    """Return how and when a service's tests last ended."""
    if not row.last_tests:
        return "" if row.problem else "unknown"
    how = f"{row.failed_tests} failed" if row.failed_tests else "green"
    return f"{how}, {row.last_tests.replace('+00:00', 'Z')}"


def cells_of(row: Row) -> list[str]:
    """Return a row's texts, in the order of `COLUMNS`."""
    if row.problem:
        return [row.service, row.problem, *[""] * (len(COLUMNS) - 2)]
    numbers = [str(row.releases_behind), str(len(row.changed))]
    return [row.service, row.choices, row.version, template_of(row), *numbers, tests_of(row)]


def summary_of(rows: Sequence[Row]) -> str:
    """Return how many services there are, and of how many what is to be said."""
    broken = sum(bool(row.problem) for row in rows)
    fine = sum(row.is_fine for row in rows)
    return f"{len(rows)} services: {fine} with nothing to do, {broken} that can't be looked at"


def print_table(rows: Sequence[Row], console: Console) -> None:
    """Print a line for each service, and what keeps the others from being looked at.

    Texts are written as they are, not as markup: they come from elsewhere.
    """
    table = Table(*COLUMNS, box=None)
    for row in rows:
        if not row.problem:
            style = "" if row.is_fine else "yellow"
            table.add_row(*[Text(_one_line(cell), style=style) for cell in cells_of(row)])
    if table.row_count:
        console.print(table)
    for row in rows:
        if row.problem:
            console.print(Text(_one_line(f"{row.service}: {row.problem}"), style="red"))
    console.print(summary_of(rows), highlight=False)


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Write what was found as a list of objects, one for each service."""
    found = [{**asdict(row), "is_fine": row.is_fine} for row in rows]
    path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def write_page(rows: Sequence[Row], path: Path) -> None:
    """Write the table as one file that needs no network."""
    head = "".join(
        f'<th scope="col" aria-sort="none"><button>{name}</button></th>' for name in COLUMNS
    )
    page = PAGE.read_text(encoding="utf-8")
    parts = {"summary": html.escape(summary_of(rows)), "head": head, "rows": _rows(rows)}
    for name, part in parts.items():
        page = page.replace(f"<!-- {name} -->", part)
    path.write_text(page, encoding="utf-8")


def _rows(rows: Sequence[Row]) -> str:
    lines = []
    for row in rows:
        state = "problem" if row.problem else "fine" if row.is_fine else "due"
        cells = [html.escape(_one_line(cell)) for cell in cells_of(row)]
        if row.changed:
            files = "".join(f"<li>{html.escape(_one_line(name))}</li>" for name in row.changed)
            at = COLUMNS.index("changed")
            cells[at] = f"<details><summary>{cells[at]}</summary><ul>{files}</ul></details>"
        lines.append(f'<tr class="{state}"><td>{"</td><td>".join(cells)}</td></tr>')
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """Return a text without what would move a cursor or break a line."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)
