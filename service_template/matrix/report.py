"""What was found out, as a table for people, as JSON for programs, as a page for both."""

import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from service_template.matrix.combinations import OPTIONS, Choices


@dataclass(frozen=True)
class Result:
    """How one gate found one service; `complaint` is empty if it is as it should be."""

    gate: str
    seconds: float
    complaint: str = ""


MADE = "made"
"""In the place of gates: whether there is a service that they can look at."""


@dataclass(frozen=True)
class Verdict:
    """What all gates found of one service."""

    choices: Choices
    results: tuple[Result, ...]

    @property
    def failures(self) -> list[Result]:
        return [result for result in self.results if result.complaint]

    @property
    def seconds(self) -> float:
        return sum(result.seconds for result in self.results)


def command_for(verdict: Verdict, result: Result) -> str:
    """Return the command that repeats a failure."""
    command = f'make prove ONLY="{" ".join(verdict.choices)}"'
    return command if result.gate == MADE else f"{command} GATE={result.gate}"


def print_table(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print a row for each service: seconds for each gate, and what failed, with its command."""
    gates = gates_of(verdicts)
    table = Table(*OPTIONS, *gates, "seconds", title="Seconds for each gate", box=None)
    for verdict in verdicts:
        cells = {result.gate: cell(result) for result in verdict.results}
        row = [cells.get(gate, "") for gate in gates]
        table.add_row(*verdict.choices, *row, f"{verdict.seconds:.0f}")
    console.print(table)
    for verdict in verdicts:
        print_failures(verdict, console)


def print_failures(verdict: Verdict, console: Console) -> None:
    for failure in verdict.failures:
        console.print(f"\n[red]{' '.join(verdict.choices)}: {failure.gate}[/]")
        console.print(failure.complaint[-3000:], markup=False, highlight=False)
        console.print(f"again: {command_for(verdict, failure)}", markup=False)


def cell(result: Result) -> str:
    seconds = f"{result.seconds:.1f}"
    return f"[red]✗ {seconds}[/]" if result.complaint else seconds


def gates_of(verdicts: Sequence[Verdict]) -> list[str]:
    return list(dict.fromkeys(result.gate for verdict in verdicts for result in verdict.results))


def write_json(verdicts: Sequence[Verdict], path: Path) -> None:
    rows = [
        {
            **dict(zip(OPTIONS, verdict.choices, strict=True)),
            "green": not verdict.failures,
            "gates": [asdict(result) for result in verdict.results],
            "again": [command_for(verdict, failure) for failure in verdict.failures],
        }
        for verdict in verdicts
    ]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Proof</title>
<style>
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 2rem }}
td, th {{ padding: .2rem .6rem; text-align: left; border-bottom: 1px solid #ddd }}
td.red {{ background: #fdd }}
td.green {{ background: #efe }}
pre {{ background: #f6f6f6; padding: 1rem; overflow: auto }}
</style>
<h1>{title}</h1>
<table>
<tr>{head}</tr>
{rows}
</table>
{failures}
</html>
"""


def write_page(verdicts: Sequence[Verdict], path: Path) -> None:
    """Write the table as a page that needs nothing else."""
    gates = gates_of(verdicts)
    head = "".join(f"<th>{html.escape(name)}</th>" for name in (*OPTIONS, *gates))
    rows = []
    failures = []
    for verdict in verdicts:
        found = {result.gate: result for result in verdict.results}
        cells = [f"<td>{html.escape(choice)}</td>" for choice in verdict.choices]
        for gate in gates:
            result = found.get(gate)
            colour = "" if result is None else "red" if result.complaint else "green"
            text = "" if result is None else f"{result.seconds:.1f}"
            cells.append(f'<td class="{colour}">{text}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
        for failure in verdict.failures:
            name = html.escape(f"{' '.join(verdict.choices)}: {failure.gate}")
            said = html.escape(f"{failure.complaint}\n\n{command_for(verdict, failure)}")
            failures.append(f"<h2>{name}</h2><pre>{said}</pre>")
    red = sum(bool(verdict.failures) for verdict in verdicts)
    title = f"{len(verdicts) - red} of {len(verdicts)} combinations are green"
    page = PAGE.format(title=title, head=head, rows="\n".join(rows), failures="\n".join(failures))
    path.write_text(page, encoding="utf-8")
