"""How long it takes from fresh answers to a proven service, part by part.

    python benchmarks/generate.py --peer-python python3.12

Each service is made as a person makes it, by the command line, in a new folder. Run it twice: the
first time fills the caches of packages. What others do to the machine meanwhile shows in the
seconds, less so in the processor's, which are of all cores.

The peer is `fastapi_template` from PyPI, which installs the same way: with SQLite, and the additions
that come closest to the default answers. It runs no tests, so its own are run here; it needs
Python 3.12 or later.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

TEMPLATE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TEMPLATE))

from service_template.matrix.service import outside_of_make  # noqa: E402

UV = (sys.executable, "-m", "uv")
SERVICES = {
    "default": (),
    "fullest": ("database=postgresql", "cache=redis", "auth=jwt", "jobs=taskiq"),
}
PEER = (
    *(*UV, "tool", "run", "--from", "fastapi_template", "fastapi_template", "--quiet", "--force"),
    *("--name", "peer", "--db", "sqlite", "--orm", "sqlalchemy", "--api-type", "rest"),
    *("--ci", "none", "--migrations", "--dummy", "--routers", "--prometheus"),
)


@dataclass(frozen=True)
class Made:
    """What it took to make a service, in seconds; `None` is a part that is not told apart."""

    name: str
    rendering: float | None
    environment: float | None
    tests: float
    total: float
    processor: float
    passed: int


class Failed(Exception):
    """A command failed; its last words are the text."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--peer-python", help="a Python from 3.12 on; without it, no peer")
    options = parser.parse_args()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, answers) in enumerate(SERVICES.items()):
            made.append(make_here(Path(folder) / f"service-{number}", answers, name))
        if options.peer_python:
            made.append(make_peer(Path(folder) / "peer", options.peer_python))
    Console(width=100).print(table_of(made))


def make_here(folder: Path, answers: Sequence[str], name: str) -> Made:
    """Make and prove a service of this template."""
    folder.mkdir()
    command = [sys.executable, "-m", "cookiecutter", str(TEMPLATE), "--no-input", *answers]
    rendering, _ = timed([*command, "project_slug=unproven"], folder, SERVICE_PROVE="none")
    spent = processor_seconds()
    total, output = timed(command, folder, SERVICE_PROVE="full")
    steps = dict(re.findall(r"^  (\w+) … ([\d.]+) s", output, re.MULTILINE))
    return Made(
        name,
        rendering,
        float(steps["environment"]),
        float(steps["tests"]),
        total,
        processor_seconds() - spent,
        passed_in(output),
    )


def make_peer(folder: Path, python: str) -> Made:
    """Make a service of the peer's, which makes its environment as well, and run its tests."""
    folder.mkdir()
    variables = {"UV_PYTHON": python, "UV_PYTHON_DOWNLOADS": "never"}
    spent = processor_seconds()
    making, _ = timed(PEER, folder, **variables)
    tests, output = timed([*UV, "run", "python", "-m", "pytest"], folder / "peer", **variables)
    processor = processor_seconds() - spent
    return Made("peer", None, None, tests, making + tests, processor, passed_in(output))


def timed(command: Sequence[str], folder: Path, **variables: str) -> tuple[float, str]:
    """Run a command; return the seconds it took and what it said.

    Raises:
        Failed: it did not end well.
    """
    environment: Mapping[str, str] = {**outside_of_make(), **variables}
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - started
    said = done.stdout + done.stderr
    if done.returncode != 0:
        raise Failed(said.strip()[-500:])
    return seconds, said


def processor_seconds() -> float:
    """Return what all processes that were started, and have ended, used of all cores."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def passed_in(output: str) -> int:
    return int(re.findall(r"(\d+) passed", output)[-1])


def table_of(made: Sequence[Made]) -> Table:
    table = Table("seconds", box=box.SIMPLE_HEAD)
    parts = ("render, choose", "environment", "tests", "total", "processor", "tests passed")
    for part in parts:
        table.add_column(part, justify="right")
    for one in made:
        seconds = (one.rendering, one.environment, one.tests, one.total, one.processor)
        cells = ("" if part is None else f"{part:.1f}" for part in seconds)
        table.add_row(one.name, *cells, str(one.passed))
    return table


if __name__ == "__main__":
    main()
