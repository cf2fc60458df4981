"""What was found, as a table for people, as JSON for programs, as a page to sort and to filter."""

import html
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from service_template.fleet.looking import Row

COLUMNS = (
    "service",
    "choices",
    "version",
    "template",
    "behind",
    "changed",
    "standards",
    "waivers",
    "tests",
)
SHOWN = 2
"""How many codes a cell names, besides their number."""

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


def standards_of(row: Row) -> str:
    """Return how many standards a service fails, and which."""
    return _counted(list(row.failed_standards))


def waivers_of(row: Row) -> str:
    """Return how many standards a service does without, and which until when; the next one first."""
    ends = [(text.partition(":")[0], code) for code, text in row.waivers.items()]
    return _counted([f"{code} {until}" for until, code in sorted(ends)])


def cells_of(row: Row) -> list[str]:
    """Return a row's texts, in the order of `COLUMNS`."""
    if row.problem:
        return [row.service, row.problem, *[""] * (len(COLUMNS) - 2)]
    made = [row.version, template_of(row), str(row.releases_behind), str(len(row.changed))]
    kept = [standards_of(row), waivers_of(row), tests_of(row)]
    return [row.service, row.choices, *made, *kept]


def summary_of(rows: Sequence[Row]) -> str:
    """Return how many services there are, and of how many what is to be said."""
    broken = sum(bool(row.problem) for row in rows)
    fine = sum(row.is_fine for row in rows)
    return f"{len(rows)} services: {fine} with nothing to do, {broken} that can't be looked at"


def print_table(rows: Sequence[Row], console: Console) -> None:
    """Print a line for each service, and what keeps the others from being looked at.

    Texts are written as they are, not as markup: they come from elsewhere.
    """
    columns = [Column(name, min_width=len(name), overflow="fold") for name in COLUMNS]
    table = Table(*columns, box=None)
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
        for column, details in _details(row).items():
            if details:
                at = COLUMNS.index(column)
                cells[at] = _unfolding(cells[at], details)
        lines.append(f'<tr class="{state}"><td>{"</td><td>".join(cells)}</td></tr>')
    return "\n".join(lines)


def _details(row: Row) -> dict[str, list[str]]:
    """Return what the page shows below some of a row's cells, by their columns."""
    return {
        "changed": list(row.changed),
        "standards": [f"{code}: {wrong}" for code, wrong in row.failed_standards.items()],
        "waivers": [f"{code} {waiver}" for code, waiver in row.waivers.items()],
    }


def _unfolding(cell: str, lines: Sequence[str]) -> str:
    listed = "".join(f"<li>{html.escape(_one_line(line))}</li>" for line in lines)
    return f"<details><summary>{cell}</summary><ul>{listed}</ul></details>"


def _counted(names: Sequence[str]) -> str:
    """Return how many there are, and the first of them: `3: OPS001, PY004, …`."""
    if not names:
        return "0"
    more = ["…"] if len(names) > SHOWN else []
    return f"{len(names)}: {', '.join([*names[:SHOWN], *more])}"


def _one_line(text: str) -> str:
    """Return a text without what would move a cursor or break a line."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)
