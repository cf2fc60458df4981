"""Processes and signals: a hook ends the processes that it started, and stops between its steps."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from service_template.signals import on_stop

PARENT = os.getppid()
received: list[int] = []  # signals that asked the hook to stop, oldest first
LEAKS = re.compile(
    r"VIRTUAL_ENV.*|CONDA_.*|PYTHON(PATH|HOME|STARTUP|WARNINGS|SAFEPATH|DONTWRITEBYTECODE)|PYTEST_.*|COVERAGE_.*|COV_CORE_.*|"
    r"UV_(PROJECT.*|PYTHON|WORKING_DIR.*|FROZEN|LOCKED|NO_SYNC|NO_DEV|NO_DEFAULT_GROUPS|NO_GROUP|"
    r"SYSTEM_PYTHON|ENV_FILE|CONSTRAINT|OVERRIDE|EXCLUDE|RESOLUTION|PRERELEASE|NO_INSTALL_.*)|"
    r"PIP_(TARGET|USER|PREFIX|ROOT|PYTHON|REQUIRE_VIRTUALENV|DRY_RUN|CONSTRAINT)|MAKE(FLAGS|LEVEL|OVERRIDES)|MFLAGS|"
    r"GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|PREFIX)"
)


class Stopped(Exception):
    """A signal asked the hook to stop, or cookiecutter is no longer there to hear from it."""


def note_signals() -> None:
    """Only note that a signal came: it is acted on where nothing is left half done."""
    on_stop(lambda number, _: received.append(number))


def stop_if_asked() -> None:
    if received or os.getppid() != PARENT:
        raise Stopped


def exit_status() -> int:
    """Return the exit status of a hook that failed, or was stopped by a signal."""
    return 128 + received[0] if received else 1


def parent_is_gone(patience: float) -> bool:
    """Whether cookiecutter was stopped too; after Ctrl-C that takes it a quarter of a second."""
    deadline = time.monotonic() + patience
    while os.getppid() == PARENT and time.monotonic() < deadline:
        time.sleep(0.02)
    return os.getppid() != PARENT


def run(command: Sequence[str], folder: Path) -> tuple[int, list[str]]:
    """Run a command to its end, or until the hook is asked to stop; keep its last lines.

    It has a session of its own: Ctrl-C reaches it through the hook only, which can wait until
    a database server that the tests started is down as well.
    """
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    lines: deque[str] = deque(maxlen=200)
    reader = threading.Thread(target=lines.extend, args=(child.stdout,), daemon=True)
    reader.start()
    try:
        while True:
            stop_if_asked()
            try:
                status = child.wait(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                continue
    except Stopped:
        stop_group(child)
        raise
    reader.join(timeout=2)  # a server left behind may hold the pipe open for ever
    return status, [line.rstrip() for line in lines]


def stop_group(child: "subprocess.Popen[str]") -> None:
    """Ask politely first: pytest's fixtures stop the servers that they started."""
    for number, patience in ((signal.SIGINT, 8), (signal.SIGTERM, 2), (signal.SIGKILL, 2)):
        try:
            os.killpg(child.pid, number)
            child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return


def clean_environment() -> dict[str, str]:
    """Return the environment without what was meant for another project, or another pytest.

    What Hypothesis has to know of Unicode takes it more than a second, in each new folder: it is
    kept where it is found again.
    """
    kept = {name: value for name, value in os.environ.items() if not LEAKS.fullmatch(name)}
    with contextlib.suppress(RuntimeError):  # some users have no home
        caches = Path(kept.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        kept.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(caches / "hypothesis"))
    return kept


def say(text: str, end: str = "\n") -> None:
    """Print now. That nobody reads any more (`| head`) is no reason to fail."""
    with contextlib.suppress(OSError):
        print(text, end=end, flush=True)
