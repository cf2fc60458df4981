"""The file is locked while events are to be delivered."""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from structlog.testing import capture_logs

from app.container import open_container
from app.core.database.settings import DatabaseSettings
from app.core.events.jobs import JobSettings
from app.core.settings import Settings
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeEvent
from tests.core.jobs import announce, counts, delivered, eventually
from tests.engine import handling


async def test_events_wait_for_the_file_to_be_free(
    database_settings: DatabaseSettings,
    storage: Storage,
    job_settings: JobSettings,
    make_event: MakeEvent,
) -> None:
    await announce(storage, make_event())
    impatient = {"lock_wait": 0.05, "deadline": 0.5}
    settings = Settings(
        database=database_settings.model_copy(update=impatient),
        jobs=job_settings.model_copy(update={"poll": 0.05, "first_pause": 0.05}),
    )
    with closing(sqlite3.connect(database_settings.path)) as other_process:
        other_process.isolation_level = None
        other_process.execute("BEGIN IMMEDIATE")
        async with open_container(settings) as container:
            with capture_logs() as logs:
                async with handling(container):
                    await eventually(lambda: _interrupted(logs))
                    assert await counts(storage) == {}

                    other_process.execute("ROLLBACK")
                    await delivered(storage)

    assert sum((await counts(storage)).values()) == 1


def _interrupted(logs: Iterable[Mapping[str, Any]]) -> bool:
    return any(log["event"] == "relay_interrupted" for log in logs)
