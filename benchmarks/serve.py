"""How fast generated services answer, beside the limit: bare FastAPI and asyncpg.

    python benchmarks/serve.py
    python benchmarks/serve.py --database postgresql mysql --workers 1 2 --rows 1000 1000000

For each database, number of workers and number of rows, a service and the limit are started
side by side and asked by turns, so that a noisy moment of the machine hits both: what counts
is the ratio within a round. One worker has the first core for itself; wrk has the last one,
and the database what is left.

The limit asks PostgreSQL by asyncpg; with `--limit own`, the database that the service is on, by the
same driver. Services have all that they have in production: access lines,
metrics, deadlines, and a token that is checked. A million rows take minutes to write.

Needs Linux, two cores and wrk (Debian: `apt-get install wrk`).
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TEMPLATE))

from benchmarks.servers import (  # noqa: E402
    Server,
    administrators_token,
    database,
    in_production,
    served,
    served_limit,
)
from benchmarks.wrk import Load, loaded  # noqa: E402
from service_template.matrix.service import Service  # noqa: E402
from service_template.matrix.workshop import Workshop  # noqa: E402

DATABASES = ("sqlite", "postgresql", "mysql", "mongodb")
MODULES = {
    "postgresql": "limit",
    "sqlite": "limit_sqlite",
    "mysql": "limit_mysql",
    "mongodb": "limit_mongodb",
}
"""The limit of each database."""
CACHE_OFF = {"CACHE__USER_LIFETIME": "0"}
CACHE_ON = {"CACHE__USER_LIFETIME": "3600"}

HEADING = f"{'':24}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'CPU µs':>8}{'ratio':>8}{'p99 ratio':>11}"


@dataclass(frozen=True)
class Asked:
    """A server, what it is asked with, and the file with the ids that it knows."""

    server: Server
    ids: Path
    headers: Sequence[str] = ()


@dataclass(frozen=True)
class Figures:
    """One round of a server: what wrk found, and microseconds of CPU time a request."""

    load: Load
    cpu: float


@dataclass(frozen=True)
class Work:
    """Something to ask for: a path, or a script of wrk that makes paths or bodies."""

    name: str
    path: str = ""
    script: str | None = None

    def done_by(self, asked: Asked, seconds: int) -> Figures:
        arguments = list(asked.headers)
        if self.script is not None:
            arguments += ["-s", str(Path(__file__).with_name(self.script))]
        path = self.path.format(user_id=asked.ids.read_text().split()[0])
        before = asked.server.cpu_seconds()
        load = loaded(asked.server.address + path, seconds, *arguments, IDS=str(asked.ids))
        cpu = (asked.server.cpu_seconds() - before) / max(load.requests, 1) * 1e6
        return Figures(load, cpu)


READ = Work("read by id", script="read.lua")
READ_KEPT = Work("read by id, cached", "/api/v1/users/{user_id}")
PAGE = Work("page of 50", "/api/v1/users?limit=50")
CREATE = Work("create", "/api/v1/users", script="register.lua")


def main() -> int:
    options = parsed()
    if not shutil.which("wrk"):
        print("wrk is missing: `apt-get install wrk`.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(Path(folder))
        for choice, workers, rows in product(options.database, options.workers, options.rows):
            print(
                f"\n{choice}, auth={options.auth}, {workers} worker(s), {rows:,} rows", flush=True
            )
            run(workshop, choice, workers, rows, options)
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--database", nargs="+", choices=DATABASES, default=["postgresql"])
    add(
        "--limit",
        choices=["postgresql", "own"],
        default="postgresql",
        help="own: by the same driver",
    )
    add("--auth", choices=["none", "jwt"], default="jwt", help="of reads; none registers")
    add("--workers", nargs="+", type=int, default=[1])
    add("--rows", nargs="+", type=int, default=[1000])
    add("--rounds", type=int, default=5)
    add("--seconds", type=int, default=4, help="of each server in a round")
    add("--starts", type=int, default=5, help="how often start-up is timed")
    return parser.parse_args()


def run(
    workshop: Workshop, choice: str, workers: int, rows: int, options: argparse.Namespace
) -> None:
    """Measure one service beside the limit, and print a table."""
    with ExitStack() as stack:

        def made(database_choice: str, auth: str) -> Service:
            service = workshop.make((database_choice, "memory", auth, "embedded"))
            environment = workshop.folder / "production" / f"{database_choice}-{auth}"
            return in_production(service, environment)

        reads, writes = made(choice, options.auth), made(choice, "none")
        limited = choice if options.limit == "own" else "postgresql"
        module = MODULES[limited]
        yardstick = made(limited, "none")
        ids = {name: workshop.folder / f"{name}.ids" for name in ("limit", "reads", "writes")}
        of_limit = stack.enter_context(database(yardstick, rows, ids["limit"]))
        of_reads = stack.enter_context(database(reads, rows, ids["reads"]))
        of_writes = stack.enter_context(database(writes, rows, ids["writes"]))

        def starts() -> Iterator[tuple[Server, Server]]:
            for _ in range(options.starts):
                with served_limit(yardstick, of_limit, workers, module) as bare:
                    pass
                with served(reads, {**of_reads, **CACHE_OFF}, workers) as full:
                    pass
                yield bare, full

        print_ratio("start-up, s", [(a.seconds_to_start, b.seconds_to_start) for a, b in starts()])
        bare = stack.enter_context(served_limit(yardstick, of_limit, workers, module))
        limit = Asked(bare, ids["limit"])
        with asking(reads, {**of_reads, **CACHE_OFF}, workers, ids["reads"], options.auth) as asked:
            print_ratio("at rest, MiB", [(limit.server.mebibytes(), asked.server.mebibytes())])
            print(HEADING)
            compare(READ, limit, asked, options)
            compare(PAGE, limit, asked, options)
        with asking(reads, {**of_reads, **CACHE_ON}, workers, ids["reads"], options.auth) as kept:
            compare(READ_KEPT, limit, kept, options)
        with asking(writes, {**of_writes, **CACHE_OFF}, workers, ids["writes"], "none") as writer:
            compare(CREATE, limit, writer, options)


@contextmanager
def asking(
    service: Service, variables: dict[str, str], workers: int, ids: Path, auth: str
) -> Iterator[Asked]:
    """Serve a service, and ask with what lets its clients in."""
    with served(service, variables, workers) as server:
        headers: Sequence[str] = ()
        if auth == "jwt":
            token = administrators_token(service, variables, server)
            headers = ("-H", f"Authorization: Bearer {token}")
        yield Asked(server, ids, headers)


def compare(work: Work, limit: Asked, asked: Asked, options: argparse.Namespace) -> None:
    """Have both work by turns, and print a line for each: medians, and ratios within rounds."""
    for each in (limit, asked):
        work.done_by(each, 1)  # connections and plans are made
    rounds = [
        (work.done_by(limit, options.seconds), work.done_by(asked, options.seconds))
        for _ in range(options.rounds)
    ]
    print_line(f"{work.name}, limit", [bare for bare, _ in rounds])
    speed = statistics.median(full.load.per_second / bare.load.per_second for bare, full in rounds)
    tail = statistics.median(full.load.p99 / bare.load.p99 for bare, full in rounds)
    print_line("  service", [full for _, full in rounds], f"{speed:>8.2f}{tail:>11.2f}")


def print_line(name: str, rounds: Sequence[Figures], ratios: str = "") -> None:
    per_second = statistics.median(of.load.per_second for of in rounds)
    p50, p99 = (
        statistics.median(getattr(of.load, name) for of in rounds) for name in ("p50", "p99")
    )
    cpu = statistics.median(of.cpu for of in rounds)
    errors = sum(of.load.errors for of in rounds)
    refused = f"  {errors} errors" if errors else ""
    print(
        f"{name:24}{per_second:>8.0f}{p50:>8.1f}{p99:>8.1f}{cpu:>8.0f}{ratios}{refused}", flush=True
    )


def print_ratio(name: str, pairs: Sequence[tuple[float, float]]) -> None:
    bare, full = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(mine / theirs for theirs, mine in pairs)
    print(f"{name:14} limit {bare:.2f}, service {full:.2f}, ratio {ratio:.2f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
