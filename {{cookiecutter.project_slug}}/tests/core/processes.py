"""The service's own commands, as processes."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PROJECT = Path(__file__).parents[2]


def start(module: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start `python -m module`, with variables added to the environment."""
    return subprocess.Popen(  # noqa: S603 - our own commands
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        number: int = listener.getsockname()[1]
        return number


def read(url: str, patience: float = 45) -> str:
    """Return what a service answers with 200, once it does; `patience` is in seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with urlopen(url, timeout=5) as response:  # noqa: S310 - http, on loopback
                body: bytes = response.read()
                return body.decode()
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
