"""The SQLite databases that tests use: files of their own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.database.connection import Connection
from app.core.database.settings import DatabaseSettings

_OPEN_FILES = Path("/proc/self/fd")
"""Links to the open files of this process, where the system has them."""

PATIENCE = 8
"""Seconds."""

OUTLIVES_CLIENTS = False
"""Whether a transaction whose client was killed is held open until its time is over."""

NAMES_FOREIGN_KEYS = False
"""Whether an error says which foreign key was violated."""


async def make_read_only(connection: Connection) -> None:
    """Let a connection refuse writes, as one to a file that became read-only."""
    await connection.execute_fetchall("PRAGMA query_only = ON")


async def connections(settings: DatabaseSettings) -> int:
    """Return how many connections to a file this process has, or how many threads of them."""
    threads = [thread.name for thread in threading.enumerate()]
    path = Path(settings.path).resolve()
    files = [file for file in _OPEN_FILES.glob("*") if file.resolve() == path]
    return max(len(files), sum("_connection_worker_thread" in name for name in threads))


@contextmanager
def temporary_database() -> Iterator[DatabaseSettings]:
    """Make an empty database, and remove it on leaving."""
    with TemporaryDirectory() as folder:
        yield DatabaseSettings(url=f"sqlite:///{Path(folder) / 'test.db'}")


def patient(settings: DatabaseSettings) -> DatabaseSettings:
    """Return a way to the same database that takes its time: machines that run tests do."""
    pool = settings.pool.model_copy(update={"wait": PATIENCE})
    return settings.model_copy(update={"deadline": PATIENCE, "pool": pool})


def out_of_reach(settings: DatabaseSettings) -> DatabaseSettings:
    """Return the way to where there is no file."""
    return settings.model_copy(update={"url": f"{settings.url}.missing"})
