"""Runs a server in a temporary folder for as long as somebody holds its standard input open.

A process that is killed can't tidy up, but the system closes its pipes: whatever happens to
the tests, neither the server nor its folder outlives them. Run as a script, by `tests/servers.py`.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = "{folder}"
"""Stands for the temporary folder in commands."""

THEN = "then"
"""Stands between commands that run one after another; the last one is the server."""

MOST_CHARACTERS = 10_000
"""Of the last words."""


def main() -> None:
    """Run the server until standard input ends; if it stops by itself, say its last words."""
    options = _parser().parse_args()
    with TemporaryDirectory(prefix="tests-", ignore_cleanup_errors=True) as folder:
        for source in options.copy:
            shutil.copytree(source, Path(folder) / Path(source).name)
        if options.user:
            shutil.chown(folder, options.user)
        log = Path(folder) / "log"
        with log.open("wb") as output:

            def start(command: list[str]) -> subprocess.Popen[bytes]:
                return subprocess.Popen(  # noqa: S603 - what the tests ask for
                    command,
                    cwd=folder,
                    user=options.user,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )

            *steps, server = _commands(options.commands, folder)
            if all(start(step).wait() == 0 for step in steps):
                _wait_for(start(server), signal.Signals[options.signal])
        last_words = log.read_text(errors="replace")[-MOST_CHARACTERS:]
    sys.exit(last_words)


def _wait_for(server: subprocess.Popen[bytes], signal_to_stop: signal.Signals) -> None:
    def stop_at_end_of_input() -> None:
        sys.stdin.read()
        server.send_signal(signal_to_stop)

    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    server.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signal", default="SIGKILL", help="stops the server")
    parser.add_argument("--user", help="runs the commands, and owns the folder")
    parser.add_argument("--copy", action="append", default=[], help="into the folder")
    parser.add_argument("commands", nargs=argparse.REMAINDER)
    return parser


def _commands(words: list[str], folder: str) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for word in words:
        if word == THEN:
            commands.append([])
        else:
            commands[-1].append(word.replace(FOLDER, folder))
    return commands


if __name__ == "__main__":
    main()
