"""A MariaDB or MySQL server for these tests alone."""

import getpass
import os
import shutil

from app.core.database.settings import DatabaseSettings
from tests.core.no_server import NoServer
from tests.keeper import FOLDER, THEN
from tests.servers import VARIABLE, Refusal, free_port, start

DATA = f"--datadir={FOLDER}/data"


def start_server(refusal: Refusal) -> DatabaseSettings:
    """Start a server from the programs of this machine.

    Raises:
        NoServer: there are none, or they don't run.
    """
    port = free_port()
    url = f"mysql://root@127.0.0.1:{port}/information_schema"
    server = _server(port)
    return start(server[0], [*_installation(), THEN, *server], url, refusal)


def _installation() -> list[str]:
    """Return the command that makes a data folder, in which root needs no password."""
    install = _program("mariadb-install-db")
    if install is not None:
        normal = "--auth-root-authentication-method=normal"
        return [install, "--no-defaults", DATA, _user(), normal, "--skip-test-db"]
    mysqld = _program("mysqld")
    if mysqld is not None:
        return [mysqld, "--no-defaults", DATA, _user(), "--initialize-insecure"]
    raise NoServer(
        "No MySQL to test with: start one on port 3306 that lets `root` in without a "
        f"password, install MariaDB or MySQL, or set {VARIABLE}.",
    )


def _server(port: int) -> list[str]:
    """Return the command that runs a server, which forgets all if it crashes."""
    program = _program("mariadbd") or _program("mysqld")
    return [
        *(str(program), "--no-defaults", DATA, _user()),
        *(f"--port={port}", "--bind-address=127.0.0.1", f"--socket={FOLDER}/socket"),
        *("--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"),
    ]


def _program(name: str) -> str | None:
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    return shutil.which(name, path=path)


def _user() -> str:
    """Return the option by which even root may run a server."""
    return f"--user={getpass.getuser()}"
