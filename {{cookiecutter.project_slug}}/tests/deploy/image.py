"""What the image of the service says of itself, and what processes made from it need."""

import json
import re
from pathlib import Path

from app.core.settings import Settings

PROJECT = Path(__file__).parents[2]

IDLE_BYTES = 96 * 2**20
"""A process without requests has some 90 MiB: measured with CPython 3.13 on Linux."""

CLOSING_SECONDS = 5
"""To send the last traces, and to close connections."""

_UNITS = {"m": 2**20, "Mi": 2**20, "g": 2**30, "Gi": 2**30}


def instructions(name: str) -> list[str]:
    """Return what stands behind each instruction of a name, each on one line."""
    text = (PROJECT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{name} +(.+)$", text, re.MULTILINE)


def image_environment() -> dict[str, str]:
    """Return the variables that the image brings."""
    return dict(re.findall(r"(\w+)=(\S+)", instructions("ENV")[-1]))


def health_check() -> str:
    """Return the program that tells whether a container is healthy."""
    [line] = instructions("HEALTHCHECK")
    command: list[str] = json.loads(line[line.index("[") :])
    return command[-1]


def seconds_to_stop(settings: Settings) -> float:
    """Return what a process that serves may take to stop."""
    return settings.http.shutdown_grace + settings.jobs.shutdown_grace + CLOSING_SECONDS


def bytes_of(text: str) -> int:
    """Return an amount of memory, written like `384m` or `384Mi`."""
    number, unit = re.fullmatch(r"(\d+)([a-zA-Z]+)", text).groups()  # type: ignore[union-attr]
    return int(number) * _UNITS[unit]
