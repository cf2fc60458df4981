"""How a generated service bears more requests than it can handle.

    python benchmarks/overload.py
    python benchmarks/overload.py --database mysql --times 1 10 50 --seconds 10

wrk asks for users by their ids, on so many times the connections that the service can sustain,
and asks again at once when it is refused. Beside it a few patient clients measure what a
request takes that is let in, and a prober asks `/livez` on a new connection each time.

The service has the first core, wrk the last one. Needs what `benchmarks/serve.py` needs.
"""

import argparse
import http.client
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

TEMPLATE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TEMPLATE))

from benchmarks.servers import (  # noqa: E402
    Server,
    administrators_token,
    database,
    in_production,
    served,
)
from benchmarks.wrk import CONNECTIONS, loaded  # noqa: E402
from service_template.matrix.workshop import Workshop  # noqa: E402

CLIENTS = 8
PAUSE = 0.02
"""Seconds between two requests of a client that measures."""

HEADING = (
    f"{'times':>5}{'connections':>12}{'200/s':>8}{'503/s':>8}"
    f"{'p50 ms':>9}{'p99 ms':>9}{'/livez p50':>12}{'worst ms':>10}{'CPU s/s':>9}"
)


def main() -> int:
    options = parsed()
    if not shutil.which("wrk"):
        print("wrk is missing: `apt-get install wrk`.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        workshop = Workshop(Path(folder))
        made = workshop.make((options.database, "memory", options.auth, "embedded"))
        service = in_production(made, workshop.folder / "production")
        ids = workshop.folder / "ids"
        variables = {
            **stack.enter_context(database(service, 1000, ids)),
            "CACHE__USER_LIFETIME": "0",
        }
        server = stack.enter_context(served(service, variables, workers=1))
        headers: dict[str, str] = {}
        if options.auth == "jwt":
            token = administrators_token(service, variables, server)
            headers["Authorization"] = f"Bearer {token}"
        print(HEADING)
        for times in options.times:
            row(server, ids, headers, times, options.seconds)
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", default="postgresql")
    parser.add_argument("--auth", choices=("none", "jwt"), default="jwt")
    parser.add_argument("--times", nargs="+", type=int, default=[1, 10, 50])
    parser.add_argument("--seconds", type=int, default=10)
    return parser.parse_args()


def row(server: Server, ids: Path, headers: Mapping[str, str], times: int, seconds: int) -> None:
    """Load the service, measure beside that, and print a line."""
    path = f"/api/v1/users/{ids.read_text().split()[0]}"
    connections = CONNECTIONS * times
    arguments = ["-s", str(Path(__file__).with_name("read.lua"))]
    for name, value in headers.items():
        arguments += ["-H", f"{name}: {value}"]
    before = server.cpu_seconds()
    with (
        measured(server, [(path, headers)] * CLIENTS, keep=True) as requests,
        measured(server, [("/livez", {})], keep=False) as probes,
    ):
        load = loaded(server.address, seconds, *arguments, connections=connections, IDS=str(ids))
    cpu = (server.cpu_seconds() - before) / seconds
    refused = load.per_second * load.refused / max(load.requests, 1)
    print(
        f"{times:>5}{connections:>12}{load.per_second - refused:>8.0f}{refused:>8.0f}"
        f"{quantile(requests, 50):>9.0f}{quantile(requests, 99):>9.0f}"
        f"{quantile(probes, 50):>12.0f}{max(probes):>10.0f}{cpu:>9.2f}",
        flush=True,
    )


@contextmanager
def measured(
    server: Server, asked: Sequence[tuple[str, Mapping[str, str]]], *, keep: bool
) -> Iterator[list[float]]:
    """Ask from now until the end; collect the milliseconds of each answer that is a 200."""
    milliseconds: list[float] = []
    done = Event()

    def ask(path: str, headers: Mapping[str, str]) -> None:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        while not done.wait(PAUSE):
            begun = time.perf_counter()
            try:
                client.request("GET", path, headers=dict(headers))
                response = client.getresponse()
                response.read()
            except OSError:  # it was closed in between: the next request connects again
                client.close()
                continue
            if response.status == 200:
                milliseconds.append((time.perf_counter() - begun) * 1000)
            if not keep:
                client.close()
        client.close()

    with ThreadPoolExecutor(len(asked)) as pool:
        for path, headers in asked:
            pool.submit(ask, path, headers)
        try:
            yield milliseconds
        finally:
            done.set()


def quantile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1] if len(values) > 1 else float("nan")


if __name__ == "__main__":
    sys.exit(main())
