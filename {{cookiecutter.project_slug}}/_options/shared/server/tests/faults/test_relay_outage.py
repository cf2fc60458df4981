"""The database is out of reach while events are to be delivered."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.container import open_container
from app.core.database.settings import DatabaseSettings
from app.core.events.jobs import JobSettings
from app.core.settings import Settings
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeEvent
from tests.core.jobs import announce, counts, delivered, eventually
from tests.database import connect_to, on_port
from tests.engine import handling
from tests.faults.proxy import open_proxy

QUICK = {"poll": 0.05, "first_pause": 0.05}


@pytest.mark.parametrize("outage", ["refuse", "freeze"])
async def test_events_wait_for_the_database_to_come_back(
    database_settings: DatabaseSettings,
    storage: Storage,
    job_settings: JobSettings,
    make_event: MakeEvent,
    outage: str,
) -> None:
    async with open_proxy(lambda: connect_to(database_settings)) as proxy:
        settings = Settings(
            database=on_port(database_settings, proxy.port),
            jobs=job_settings.model_copy(update=QUICK),
        )
        async with open_container(settings) as container, handling(container):
            await getattr(proxy, outage)()
            with capture_logs() as logs:
                await announce(storage, make_event())
                await eventually(lambda: "relay_interrupted" in _events(logs))
            assert await counts(storage) == {}

            await proxy.restore()
            await delivered(storage)

    assert sum((await counts(storage)).values()) == 1


def _events(logs: Iterable[Mapping[str, Any]]) -> set[str]:
    return {log["event"] for log in logs}
