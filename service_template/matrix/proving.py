"""Proving combinations of choices: what `service-template matrix` and `make prove` do.

What was green stays known until the template changes, so a run that was stopped goes on where it
was.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service_template.matrix.combinations import Choices, chosen_from, sharded
from service_template.matrix.gates import GATES, SLOW, Gate
from service_template.matrix.report import (
    MADE,
    Result,
    Verdict,
    print_failures,
    print_table,
    write_json,
    write_page,
)
from service_template.matrix.workshop import NotMade, Workshop
from service_template.paths import TEMPLATE

FOLDER = TEMPLATE / ".proof"


def main(only: str, shard: str, gate: str, *, slow: bool, at_once: str) -> int:
    """Prove combinations; return the exit status.

    Args:
        only: choices that they all have: `postgresql jwt`.
        shard: a part of them: `2/8`.
        gate: some gates, whatever is known already.
        slow: also tests that take minutes.
        at_once: how many are proven side by side.
    """
    console = Console(width=None if sys.stdout.isatty() else 240)
    try:
        rows = sharded(chosen_from(only), shard)
        gates = chosen_gates(gate, slow=slow)
        number = number_at_once(at_once)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    verdicts = prove_all(rows, gates, number, console, again=bool(gate))
    print_table(verdicts, console)
    write_json(verdicts, Path("proof.json"))
    write_page(verdicts, Path("proof.html"))
    red = sum(bool(verdict.failures) for verdict in verdicts)
    print(f"{len(verdicts) - red} passed, {red} failed")
    return 1 if red else 0


def chosen_gates(names: str, *, slow: bool) -> tuple[Gate, ...]:
    """Return the gates that are asked for.

    Raises:
        ValueError: there is no such gate.
    """
    every = (*GATES, SLOW)
    if not names:
        return every if slow else GATES
    known = {gate.name: gate for gate in every}
    for wanted in names.split():
        if wanted not in known:
            raise ValueError(f"There is no gate {wanted}; there are {', '.join(known)}.")
    return tuple(gate for gate in every if gate.name in names.split())


def number_at_once(text: str) -> int:
    """Return how many services are proven side by side: one for each core, if nobody says.

    Raises:
        ValueError: this is no such number.
    """
    if not text:
        return os.cpu_count() or 1
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"JOBS_AT_ONCE={text} is none: give a whole number from 1 on.")
    return int(text)


def prove_all(
    rows: Sequence[Choices],
    gates: Sequence[Gate],
    at_once: int,
    console: Console,
    *,
    again: bool = False,
) -> list[Verdict]:
    """Prove services side by side, with a bar that shows how far it is."""
    workshop = Workshop(FOLDER)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    found: dict[Choices, Verdict] = {}
    with (
        Progress(*columns, console=console) as progress,
        ThreadPoolExecutor(at_once) as pool,
    ):
        task = progress.add_task("proving", total=len(rows))
        running = [pool.submit(prove, choices, gates, workshop, again=again) for choices in rows]
        try:
            for done in as_completed(running):
                verdict = done.result()
                found[verdict.choices] = verdict
                failed = ", ".join(failure.gate for failure in verdict.failures)
                state = f"failed: {failed}" if failed else f"green in {verdict.seconds:.0f} s"
                progress.console.print(f"{' '.join(verdict.choices)}: {state}", highlight=False)
                # At the end they are said again; a run that is stopped says them here only.
                print_failures(verdict, progress.console)
                progress.advance(task)
        except BaseException:
            # Who stops it does not want to wait for those that have not begun.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[choices] for choices in rows]


def prove(
    choices: Choices, gates: Sequence[Gate], workshop: Workshop, *, again: bool = False
) -> Verdict:
    """Run gates on a service, but for those it has passed already unless it is asked `again`."""
    file = workshop.result_file(choices)
    known = read_results(file)
    missing = [gate for gate in gates if again or gate.name not in known]
    if missing:
        started = time.monotonic()
        try:
            service = workshop.make(choices)
        except NotMade as error:
            return Verdict(choices, (Result(MADE, time.monotonic() - started, str(error)),))
        for gate in missing:
            started = time.monotonic()
            complaint = gate.check(service, choices)
            known[gate.name] = Result(gate.name, time.monotonic() - started, complaint)
            keep_results(file, known)
    return Verdict(choices, tuple(known[gate.name] for gate in gates))


def read_results(file: Path) -> dict[str, Result]:
    """Return what is known: only what was green, as the rest has to be tried again."""
    if not file.is_file():
        return {}
    results = (Result(**kept) for kept in json.loads(file.read_text(encoding="utf-8")))
    return {result.gate: result for result in results if not result.complaint}


def keep_results(file: Path, known: dict[str, Result]) -> None:
    """Write what is known, all or nothing: this process may be killed at any moment."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = json.dumps([asdict(result) for result in known.values()])
    new = file.with_suffix(".new")
    new.write_text(kept, encoding="utf-8")
    new.replace(file)
