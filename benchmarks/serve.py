"""How fast a generated service answers, beside the limit: bare FastAPI and asyncpg.

    python benchmarks/serve.py --rounds 5 --seconds 4

Makes a service with PostgreSQL, fills its database, and starts it and the limit side by side, each
on the first core; wrk and PostgreSQL have the second. Rounds are interleaved, so that a noisy
moment of the machine hits both: the figures that count are ratios within a round.

Needs wrk (Debian: `apt-get install wrk`) and Linux with two cores.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TEMPLATE))

from proof.service import Service  # noqa: E402
from proof.workshop import Workshop  # noqa: E402

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 32

# Keeps a database for as long as its standard input is open; prints how to reach it.
KEEP_DATABASE = """
import asyncio, json, os, sys
sys.path.insert(0, os.getcwd())
from app.core.ids import new_id
from app.models.user import NewUser, User
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
                    details = NewUser(email=f"user-{number}@example.com", name=f"User {number}")
                    user = User.register(details, user_id=new_id(at), at=at)
                    await work.users.add(user)
                    ids.append(str(user.id))
                await work.commit()
    return ids[len(ids) // 2]

with temporary_database() as settings:
    upgrade(settings)
    user_id = asyncio.run(fill(settings, int(sys.argv[1])))
    print(json.dumps({"environment": environment_of(settings), "user_id": user_id}), flush=True)
    sys.stdin.read()
"""


@dataclass(frozen=True)
class Figures:
    """What one run of wrk found: requests and CPU microseconds; latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    cpu: float
    errors: int


@dataclass(frozen=True)
class Server:
    """A running server, the processes of which are those of a group."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int

    def cpu_seconds(self) -> float:
        """Return the CPU time that its processes have taken so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid:  # the process group
                ticks += int(fields[11]) + int(fields[12])
        return ticks / CLOCK_TICKS

    def resident_mebibytes(self) -> float:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    options = parsed()
    if not shutil.which("wrk"):
        print("wrk is missing: apt-get install wrk", file=sys.stderr)
        return 1
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        service = Workshop(folder).make(("postgresql", "memory", options.auth, "embedded"))
        kept = stack.enter_context(database(service, options.rows))
        environment = {**kept["environment"], "LOG__LEVEL": "info", "LOG__FORMAT": "json"}
        environment |= dict(pair.split("=", 1) for pair in options.set)
        servers = [
            stack.enter_context(served_limit(service, environment)),
            stack.enter_context(served(service, environment, options.workers)),
        ]
        header = os.environ.get("AUTHORIZATION", "")
        compare(servers, works(kept["user_id"]), options, header)
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--auth", default="none")
    parser.add_argument("--set", action="append", default=[], help="a setting, NAME=value")
    return parser.parse_args()


def works(user_id: str) -> dict[str, list[str]]:
    """Return what is asked for, by name, as arguments of wrk behind the address."""
    return {
        "read": [f"/api/v1/users/{user_id}"],
        "page of 50": ["/api/v1/users?limit=50"],
        "create": ["/api/v1/users", "-s", str(Path(__file__).with_name("register.lua"))],
    }


def compare(
    servers: Sequence[Server], of: dict[str, list[str]], options: argparse.Namespace, header: str
) -> None:
    for server in servers:
        print(f"{server.name}: {server.resident_mebibytes():.0f} MiB at rest")
    print(f"{'work':<12}{'server':<10}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'CPU µs':>8}{'ratio':>7}")
    for work, (path, *script) in of.items():
        rounds: dict[str, list[Figures]] = {server.name: [] for server in servers}
        for _ in range(options.rounds):
            for server in servers:
                rounds[server.name].append(measured(server, path, script, options.seconds, header))
        base = rounds[servers[0].name]
        for name, figures in rounds.items():
            ratios = [mine.per_second / limit.per_second for mine, limit in zip(figures, base, strict=True)]
            row = [statistics.median(getattr(one, field) for one in figures)
                   for field in ("per_second", "p50", "p99", "cpu")]
            errors = sum(one.errors for one in figures)
            print(f"{work:<12}{name:<10}{row[0]:>8.0f}{row[1]:>8.1f}{row[2]:>8.1f}{row[3]:>8.0f}"
                  f"{statistics.median(ratios):>7.2f}" + (f"  {errors} errors" if errors else ""))


def measured(server: Server, path: str, script: Sequence[str], seconds: int, header: str) -> Figures:
    """Ask a server for some seconds, on 32 connections."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    command += [*script, f"http://127.0.0.1:{server.port}{path}"]
    if header:
        command += ["-H", f"Authorization: {header}"]
    before = server.cpu_seconds()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    cpu = server.cpu_seconds() - before
    requests = int(found(r"(\d+) requests in", said))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return Figures(
        per_second=float(found(r"Requests/sec:\s+([\d.]+)", said)),
        p50=milliseconds(found(r"\n\s+50%\s+(\S+)", said)),
        p99=milliseconds(found(r"\n\s+99%\s+(\S+)", said)),
        cpu=cpu / max(requests, 1) * 1e6,
        errors=int(bad[1]) if bad else 0,
    )


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"wrk said something else than expected:\n{text}")
    return match[1]


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


@contextmanager
def database(service: Service, rows: int) -> Iterator[dict[str, object]]:
    python = str(service.path / ".venv" / "bin" / "python")
    keeper = subprocess.Popen(
        [python, "-c", KEEP_DATABASE, str(rows)],
        cwd=service.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    try:
        assert keeper.stdout is not None
        yield json.loads(keeper.stdout.readline())
    finally:
        keeper.communicate()


@contextmanager
def served(service: Service, environment: dict[str, str], workers: int) -> Iterator[Server]:
    port = free_port()
    variables = {**environment, "HTTP__PORT": str(port), "HTTP__WORKERS": str(workers)}
    variables["OPS__PORT"] = str(free_port())
    with started("service", service, ["-m", "app"], variables, port) as server:
        yield server


@contextmanager
def served_limit(service: Service, environment: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    command = ["-m", "uvicorn", "limit:app", "--port", str(port), "--no-access-log",
               "--log-level", "warning", "--app-dir", str(Path(__file__).parent)]
    variables = {"LIMIT_DATABASE_URL": environment["DATABASE__URL"]}
    with started("limit", service, command, variables, port) as server:
        yield server


@contextmanager
def started(
    name: str, service: Service, command: Sequence[str], variables: dict[str, str], port: int
) -> Iterator[Server]:
    python = str(service.path / ".venv" / "bin" / "python")
    begun = time.monotonic()
    with (service.path / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            ["taskset", "-c", "0", python, *command],
            cwd=service.path, env={**os.environ, **variables},
            stdout=log, stderr=log, start_new_session=True,
        )
    try:
        wait_for(port, process)
        print(f"{name}: answers after {time.monotonic() - begun:.2f} s")
        yield Server(name, process, port)
    finally:
        process.terminate()
        process.wait(30)


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json").close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise SystemExit("A server did not start.")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
