"""Many processes of a service start at once, and all of them migrate."""

from functools import partial
from multiprocessing.synchronize import Barrier

from app.core.database.settings import DatabaseSettings
from migrations.commands import check, upgrade
from tests.core.forks import forks
from tests.database import temporary_database

PROCESSES = 8


def test_eight_processes_at_once_all_succeed() -> None:
    context = forks()
    together = context.Barrier(PROCESSES)
    with temporary_database() as database:
        arguments = (together, database)
        new_process = partial(context.Process, target=_upgrade, args=arguments)
        processes = [new_process() for _ in range(PROCESSES)]

        for process in processes:
            process.start()
        for process in processes:
            process.join(timeout=50)

        assert [process.exitcode for process in processes] == [0] * PROCESSES
        check(database)


def _upgrade(together: Barrier, database: DatabaseSettings) -> None:
    together.wait(timeout=50)
    upgrade(database)
