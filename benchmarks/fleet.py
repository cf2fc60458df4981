"""How long `make fleet` takes, by the number of services.

    python benchmarks/fleet.py
    python benchmarks/fleet.py 100 200 400

A few services are made, and copied as often as wanted. Each number is looked at three times.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TEMPLATE))

from service_template.fleet.looking import look_at_all  # noqa: E402
from service_template.updates.rendering import render  # noqa: E402

KINDS = (
    {"database": "sqlite"},
    {"database": "postgresql", "cache": "redis", "auth": "jwt", "jobs": "taskiq"},
    {"database": "mysql", "auth": "oidc"},
    {"database": "mongodb", "auth": "jwt"},
)


def main() -> int:
    numbers = [int(word) for word in sys.argv[1:]] or [50, 100, 200, 400]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        made = [made_as_teams_have_it(answers, place / str(n)) for n, answers in enumerate(KINDS)]
        services = []
        for number, kind in enumerate(islice(cycle(made), max(numbers))):
            service = place / f"service-{number}"
            shutil.copytree(kind, service)
            services.append(str(service))
        for number in numbers:
            seconds = [timed(services[:number]) for _ in range(3)]
            print(
                f"{number:>5} services {min(seconds):6.2f} s, {min(seconds) / number * 1e3:.1f} ms each"
            )
    return 0


def made_as_teams_have_it(answers: dict[str, str], place: Path) -> Path:
    """Make a service with its lock file, in git."""
    service = render(TEMPLATE, answers, place)
    lock = [sys.executable, "-m", "uv", "lock", "--quiet"]
    for command in (lock, ["git", "init", "--quiet"], ["git", "add", "--all"]):
        subprocess.run(command, cwd=service, check=True)
    return service


def timed(services: list[str]) -> float:
    begun = time.perf_counter()
    rows = look_at_all(services, TEMPLATE)
    seconds = time.perf_counter() - begun
    problems = [row for row in rows if row.problem]
    assert not problems, problems[0]
    return seconds


if __name__ == "__main__":
    sys.exit(main())
