"""Finding a database server for tests, or starting one that ends when they do."""

import atexit
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from app.core.database.settings import DatabaseSettings
from app.core.settings import explain
from tests.core.no_server import NoServer, why_not_started

VARIABLE = "TEST_DATABASE_URL"
START_SECONDS = 30
KEEPER = Path(__file__).parent / "keeper.py"

Refusal = Callable[[DatabaseSettings], str | None]
"""Says why databases can't be created on a server."""


def find(standard_urls: Sequence[str], refusal: Refusal) -> DatabaseSettings | None:
    """Return the server that the environment names, or else one of this machine.

    Raises:
        NoServer: the one that the environment names can't be used.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return _given(given, refusal)
    candidates = (_settings(url) for url in standard_urls)
    usable = (server for server in candidates if refusal(server) is None)
    return next(usable, None)


def start(
    program: str,
    arguments: Sequence[str],
    url: str,
    refusal: Refusal,
) -> DatabaseSettings:
    """Start a server that lives as long as this process. `arguments` are the keeper's.

    Raises:
        NoServer: it stopped, or can't be used after `START_SECONDS`.
    """
    keeper = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-I", str(KEEPER), *arguments],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C ends the tests, and these end the server
    )
    atexit.register(keeper.communicate)
    server = _settings(url)
    give_up_at = time.monotonic() + START_SECONDS
    while (why := refusal(server)) is not None:
        if keeper.poll() is not None or time.monotonic() > give_up_at:
            _, last_words = keeper.communicate()
            raise NoServer(why_not_started(program, last_words.strip() or why))
        time.sleep(0.05)
    return server


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def termination_like_interruption() -> Iterator[None]:
    """Let SIGTERM do what Ctrl-C does: pytest then tidies up before it stops."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _given(url: str, refusal: Refusal) -> DatabaseSettings:
    try:
        server = _settings(url)
    except ValidationError as error:
        raise NoServer(f"{VARIABLE} can't be used: {explain(error)}") from None
    why = refusal(server)
    if why is not None:
        raise NoServer(f"{VARIABLE} can't be used: {why}")
    return server


def _settings(url: str) -> DatabaseSettings:
    return DatabaseSettings.model_validate({"url": url})
