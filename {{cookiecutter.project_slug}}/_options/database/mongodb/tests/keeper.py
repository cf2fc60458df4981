"""Runs a server in a temporary folder for as long as somebody holds its standard input open.

A process that is killed can't tidy up, but the system closes its pipes: whatever happens to
the tests, neither the server nor its folder outlives them. Run as a script, with the
server's command line; `{folder}` in it stands for the folder.
"""

import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

MOST_CHARACTERS = 10_000


def main() -> None:
    """Run the server until standard input ends; if it stops by itself, say its last words."""
    with TemporaryDirectory(prefix="tests-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "log"
        command = [part.replace("{folder}", folder) for part in sys.argv[1:]]
        with log.open("wb") as output:
            server = _start(command, output)
        threading.Thread(target=_kill_at_end, args=[server], daemon=True).start()
        server.wait()
        last_words = log.read_text(errors="replace")[-MOST_CHARACTERS:]
    sys.exit(last_words)


def _start(command: list[str], output: BinaryIO) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the tests' own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    except OSError as error:
        sys.exit(str(error))


def _kill_at_end(server: subprocess.Popen[bytes]) -> None:
    sys.stdin.read()
    server.kill()  # nobody wants what it holds


if __name__ == "__main__":
    main()
