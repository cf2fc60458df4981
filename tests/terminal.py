"""Answering at a terminal."""

import os
import pty
import re
import signal
import threading
from collections.abc import Sequence
from pathlib import Path


def typed(command: Sequence[str], *lines: str, cwd: Path, **variables: str) -> tuple[int, str]:
    """Run a command and type lines; return its exit status and what the screen showed."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execvpe(command[0], list(command), {**os.environ, "COLUMNS": "200", **variables})
    os.write(terminal, "".join(f"{line}\n" for line in lines).encode())
    shown = b""
    hung_up = threading.Timer(60, os.kill, (child, signal.SIGKILL))  # a question without answer
    hung_up.start()
    try:
        while part := os.read(terminal, 4096):
            shown += part
    except OSError:  # Linux says so when the other side has hung up
        pass
    _, status = os.waitpid(child, 0)
    hung_up.cancel()
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), re.sub(r"\x1b\[[0-9;]*m", "", shown.decode())
