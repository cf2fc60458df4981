"""A server that tests need and that can't be had: a line says why, and what to install."""

import re
import subprocess
from pathlib import Path

from _pytest.outcomes import Failed

_LOADER = re.compile(r"error while loading shared libraries: (\S+?): .*")
_SERVER = re.compile(
    r'\b(fatal|error|panic|abort|fail|cannot|can\'t)|"s":"[FE]"',
    re.IGNORECASE,
)
_SONAME = re.compile(r"(lib\S+?)\.so\.(\d+)")
_PACKAGES = {"libcrypto.so.3": "libssl3", "libz.so.1": "zlib1g"}
"""Libraries whose packages have names of their own."""

MOST_CHARACTERS = 300


class NoServer(Failed):
    """There is none; the message says why, and what to do. No test goes on after it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)


def why_not_started(program: str, output: str) -> str:
    """Return in a line why a server did not start, in the loader's or in its own words."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    name = Path(program).name
    for line in lines:
        if missing := _LOADER.search(line):
            advice = f"Install it: apt-get install {_package(missing[1])}"
            return f"{name} could not start: {missing[0]}. {advice}"
    last = lines[-1] if lines else "it said nothing"
    said = next(filter(_SERVER.search, lines), last)
    return f"{name} could not start: {said[:MOST_CHARACTERS]}"


def require_runnable(program: str) -> None:
    """Return if a program can be run on this machine.

    Raises:
        NoServer: it can't; the message says what it lacks.
    """
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--version"],
            check=False,
            capture_output=True,
            text=True,
        )
    except OSError as error:
        raise NoServer(why_not_started(program, str(error))) from None
    if done.returncode != 0:
        raise NoServer(why_not_started(program, done.stderr + done.stdout))


def _package(library: str) -> str:
    """Return Debian's package of a library, which is named for it and its version.

    Source: https://www.debian.org/doc/debian-policy/ch-sharedlibs.html, section 8.1
    """
    found = _SONAME.fullmatch(library)
    if library in _PACKAGES or found is None:
        return _PACKAGES.get(library, library)
    dash = "-" if found[1][-1].isdigit() else ""
    return f"{found[1]}{dash}{found[2]}".lower().replace("_", "-")
