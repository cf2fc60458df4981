"""Load, made by wrk (https://github.com/wg/wrk), and what it found."""

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

CONNECTIONS = 32

MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Load:
    """Requests answered, how many a second, latencies in milliseconds; refusals are errors too."""

    requests: int
    per_second: float
    p50: float
    p99: float
    errors: int
    refused: int


def loaded(
    address: str,
    seconds: int,
    *arguments: str,
    connections: int = CONNECTIONS,
    **variables: str,
) -> Load:
    """Ask for some seconds, on so many connections at a time."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *arguments, address]
    said = subprocess.run(
        [*last_core(), *command],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return understood(said.stdout)


def understood(report: str) -> Load:
    """Return what a report of wrk says."""
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
    broken = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", report
    )
    return Load(
        requests=int(_found(r"(\d+) requests in", report)),
        per_second=float(_found(r"Requests/sec:\s+([\d.]+)", report)),
        p50=_milliseconds(_found(r"\n\s+50%\s+(\S+)", report)),
        p99=_milliseconds(_found(r"\n\s+99%\s+(\S+)", report)),
        refused=int(refused[1] if refused else 0),
        errors=int(refused[1] if refused else 0) + sum(map(int, broken.groups() if broken else ())),
    )


def last_core() -> Sequence[str]:
    """Return what keeps a command on the last core, away from the servers."""
    cores = os.cpu_count() or 1
    return ["taskset", "-c", str(cores - 1)] if cores > 1 else []


def _found(pattern: str, report: str) -> str:
    match = re.search(pattern, report)
    if match is None:
        raise ValueError(f"wrk said something else than expected:\n{report}")
    return match[1]


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(number) * MILLISECONDS[unit]
