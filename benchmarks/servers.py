"""Servers under test: generated services and the limit, with databases of their own."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from socket import socket

from service_template.matrix.service import Service, outside_of_make

HERE = Path(__file__).parent
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
MEBIBYTE = 2**20

ADMINISTRATOR = {"email": "admin@example.com", "password": "a password for benchmarks"}

Variables = Mapping[str, str]

KEEP_DATABASE = """
import asyncio, json, os, sys
sys.path.insert(0, os.getcwd())
from app.core.ids import new_id
from app.models.user import UserDetails, User
from app.repositories.database import open_storage
from datetime import UTC, datetime, timedelta
from migrations.commands import upgrade
from tests.database import temporary_database
from tests.environment import environment_of

async def fill(settings, rows):
    start, ids = datetime(2026, 1, 1, tzinfo=UTC), []
    async with open_storage(settings) as storage:
        for first in range(0, rows, 500):
            async with storage.unit_of_work() as work:
                for number in range(first, min(first + 500, rows)):
                    at = start + timedelta(seconds=number)
                    details = UserDetails(email=f"user-{number}@example.com", name=f"User {number}")
                    user = User.new(details, at=at)
                    await work.users.add(user)
                    ids.append(str(user.id))
                await work.commit()
    return ids

with temporary_database() as settings:
    upgrade(settings)
    ids = asyncio.run(fill(settings, int(sys.argv[1])))
    with open(sys.argv[2], "w") as file:
        file.write("\\n".join(ids[:: max(1, len(ids) // 10_000)]) + "\\n")
    print(json.dumps(environment_of(settings)), flush=True)
    sys.stdin.read()
"""
"""Makes a database and keeps it while its input is open; prints how to reach it."""


@dataclass(frozen=True)
class Server:
    """A running server; its processes are a group of their own."""

    process: "subprocess.Popen[bytes]"
    port: int
    seconds_to_start: float

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Return the CPU time that its processes have taken so far."""
        return sum(int(of[11]) + int(of[12]) for of in self._stats()) / CLOCK_TICKS

    def mebibytes(self) -> float:
        """Return the memory of its processes that is in RAM."""
        pages = sum(int(of[21]) for of in self._stats())
        return pages * os.sysconf("SC_PAGE_SIZE") / MEBIBYTE

    def _stats(self) -> Iterator[list[str]]:
        """Yield what `/proc` says of each process, from the third field on."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid:
                yield fields


def in_production(service: Service, environment: Path) -> Service:
    """Return a service that runs in what it has in production: no tools, all compiled."""
    command = ["-m", "uv", "sync", "--frozen", "--no-dev", "--compile-bytecode", "--quiet"]
    variables = {"UV_PROJECT_ENVIRONMENT": str(environment), "VIRTUAL_ENV": ""}
    done = service.run(sys.executable, *command, "--no-python-downloads", **variables)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    return replace(service, environment=environment)


@contextmanager
def database(service: Service, rows: int, ids: Path) -> Iterator[Variables]:
    """Make a database with users, and write some of their ids to a file; drop it on leaving."""
    python = str(service.path / ".venv" / "bin" / "python")
    keeper = subprocess.Popen(
        [python, "-c", KEEP_DATABASE, str(rows), str(ids)],
        cwd=service.path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert keeper.stdout is not None
        yield json.loads(keeper.stdout.readline())
    finally:
        keeper.communicate()


@contextmanager
def served(service: Service, variables: Variables, workers: int) -> Iterator[Server]:
    """Serve a generated service, set as in production."""
    port = free_port()
    settings = {
        "LOG__LEVEL": "info",
        "LOG__FORMAT": "json",
        "HTTP__PORT": str(port),
        "HTTP__WORKERS": str(workers),
        "DATABASE__POOL__SIZE": str(connections(workers)),
        "OPS__PORT": str(free_port()),
    }
    with _started(service, ["-m", "app"], {**settings, **variables}, port, workers) as server:
        yield server


@contextmanager
def served_limit(
    service: Service, variables: Variables, workers: int, module: str
) -> Iterator[Server]:
    """Serve the limit of this module, in a service's environment, with its database."""
    port = free_port()
    options = ["--port", str(port), "--workers", str(workers), "--no-access-log"]
    options += ["--log-level", "warning", "--app-dir", str(HERE)]
    settings = {
        "LIMIT_DATABASE_URL": variables["DATABASE__URL"],
        "LIMIT_CONNECTIONS": str(connections(workers)),
    }
    command = ["-m", "uvicorn", f"{module}:app", *options]
    with _started(service, command, settings, port, workers) as server:
        yield server


def administrators_token(service: Service, variables: Variables, server: Server) -> str:
    """Register an administrator, and return a token of theirs."""
    someone = json.dumps(ADMINISTRATOR | {"name": "Admin"})
    is_json = {"Content-Type": "application/json"}
    with suppress(urllib.error.HTTPError):  # they are registered already
        _post(f"{server.address}/api/v1/users", someone, **is_json)
    granted = service.run(
        str(service.path / ".venv" / "bin" / "python"),
        *("-m", "app.administrators", "grant", ADMINISTRATOR["email"]),
        **variables,
    )
    if granted.returncode != 0:
        raise RuntimeError(granted.stdout + granted.stderr)
    form = {"username": ADMINISTRATOR["email"], "password": ADMINISTRATOR["password"]}
    logged_in = _post(f"{server.address}/api/v1/auth/token", urllib.parse.urlencode(form))
    return logged_in["access_token"]


def free_port() -> int:
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def connections(workers: int) -> int:
    """Return how many a worker keeps to the database, so that all keep some ten together.

    Each opens up to five more under load.
    """
    return max(2, 10 // workers)


def servers_cores(workers: int) -> Sequence[str]:
    """Return what keeps one worker on the first core; several have all cores."""
    return ["taskset", "-c", "0"] if workers == 1 else []


def _post(address: str, body: str, **headers: str) -> dict[str, str]:
    request = urllib.request.Request(address, body.encode(), headers)
    with urllib.request.urlopen(request) as response:
        answer: dict[str, str] = json.loads(response.read())
        return answer


@contextmanager
def _started(
    service: Service, command: Sequence[str], variables: Variables, port: int, workers: int
) -> Iterator[Server]:
    assert service.environment is not None
    python = str(service.environment / "bin" / "python")
    begun = time.monotonic()
    process = subprocess.Popen(
        [*servers_cores(workers), python, *command],
        cwd=service.path,
        env={**outside_of_make(), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield Server(process, port, time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return when a server answers; its documentation is a page that needs nothing else."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/docs").close()
        except (OSError, urllib.error.URLError):
            time.sleep(0.005)
        else:
            return
    raise RuntimeError("A server did not start.")
