"""Callers are cancelled wherever the driver is: nothing is leaked, and nothing is stuck."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from pymongo.read_concern import ReadConcern
from structlog.testing import capture_logs

from app.core.database.calls import Calls
from app.core.database.client import Client, open_client
from app.core.database.errors import StorageUnavailable
from app.core.database.link import open_link
from app.core.database.sessions import Pipeline, ReadSession
from app.core.database.settings import DatabaseSettings
from app.repositories.database import open_storage
from app.repositories.database.users import USERS
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeUser
from tests.database import connect_to, on_port, patient
from tests.faults.proxy import open_proxy

PATIENCE = 10
"""Seconds."""

Work = Callable[[Storage], Coroutine[Any, Any, None]]


@pytest.fixture
async def observer(database_settings: DatabaseSettings) -> AsyncIterator[Client]:
    """Another way to the server."""
    async with open_client(database_settings, deadline=PATIENCE) as client:
        yield client


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name by which the server knows connections of this test."""
    name = f"test-{uuid4().hex}"
    monkeypatch.setattr("app.core.database.client.NAME", name)
    return name


@pytest.fixture(params=["read", "write"])
def work(request: pytest.FixtureRequest, make_user: MakeUser) -> Work:
    """A query, or a transaction."""
    numbers = count()

    async def read(storage: Storage) -> None:
        await storage.users.get(uuid4())

    async def write(storage: Storage) -> None:
        async with storage.unit_of_work() as work:
            await work.users.add(make_user(f"{next(numbers)}@example.com"))
            await work.commit()

    return read if request.param == "read" else write


async def _cancelled(work: Coroutine[Any, Any, None], step: int) -> bool:
    """Cancel work at its n-th step; return whether it had as many."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    before = _positions()
    while not task.done():
        if step == 0:
            task.cancel()
            await asyncio.wait([task])
            return True
        await asyncio.sleep(0)
        now = _positions()
        step -= now != before
        before = now
    await task
    return False


def _positions() -> set[tuple[str, ...]]:
    """Return where all tasks are."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return {tuple(_frames(task.get_coro())) for task in others}


def _frames(awaited: Any) -> list[str]:
    frames = []
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        frames.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
        awaited = awaited.cr_await
    return frames


async def _none_in_use(storage: Storage) -> None:
    async with asyncio.timeout(PATIENCE):
        while (usage := storage.pool_usage()).in_use or usage.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _nothing_left(observer: Client, name: str) -> None:
    """Return when the server has no connection and no transaction of this test."""
    everything = {"allUsers": False, "idleConnections": True, "idleSessions": True}
    pipeline: Pipeline = [{"$currentOp": everything}, {"$match": {"appName": name}}]
    admin = observer.get_database("admin", read_concern=ReadConcern("local"))
    async with asyncio.timeout(PATIENCE):
        left = await (await admin.aggregate(pipeline)).to_list()
        while left:
            await asyncio.sleep(0.02)
            left = await (await admin.aggregate(pipeline)).to_list()


async def test_cancelled_at_each_step_of_connecting_leaves_no_connection(
    database_settings: DatabaseSettings,
    observer: Client,
    name: str,
    work: Work,
) -> None:
    for step in count():
        async with open_storage(patient(database_settings)) as storage:
            if not await _cancelled(work(storage), step):
                break
            await _none_in_use(storage)
            await work(storage)

    assert step > 5
    await _nothing_left(observer, name)


async def test_cancelled_at_each_step_of_a_call_gives_the_connection_back(
    database_settings: DatabaseSettings,
    observer: Client,
    name: str,
    work: Work,
) -> None:
    pool = database_settings.pool.model_copy(update={"size": 1})
    settings = patient(database_settings).model_copy(update={"pool": pool})
    async with open_storage(settings) as storage:
        await work(storage)
        for step in count():
            if not await _cancelled(work(storage), step):
                break
            await work(storage)

        assert step > 3
        await _none_in_use(storage)
        assert storage.pool_usage().open <= 1
    await _nothing_left(observer, name)


async def test_cancelled_twice_while_a_server_is_looked_for_locks_nothing(
    database_settings: DatabaseSettings,
) -> None:
    """The second cancellation meets the driver while it takes its lock again."""
    async with open_proxy(lambda: connect_to(database_settings)) as proxy:
        settings = patient(on_port(database_settings, proxy.port))
        async with open_storage(settings) as storage:
            await proxy.refuse()
            for _ in range(20):
                asking = [asyncio.create_task(storage.ping()) for _ in range(5)]
                await asyncio.sleep(0.01)
                for task in asking * 2:
                    task.cancel()
                    await asyncio.sleep(0)
                await asyncio.wait(asking)

            await proxy.restore()
            await storage.ping()


async def test_locked_client_is_replaced_once(
    database_settings: DatabaseSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.core.database.calls.STUCK_SECONDS", 0.1)
    monkeypatch.setattr("app.core.database.client.CLOSE_SECONDS", 0.1)
    async with open_link(database_settings) as link:
        session = ReadSession(link.database, 0.1, link.calls())
        link.lend(session)
        stuck = link.client
        lock = (await stuck._get_topology())._lock
        await lock.acquire()

        with capture_logs() as logs:
            asking = (session.find(USERS.collection, {}, limit=1) for _ in range(5))
            answers = await asyncio.gather(*asking, return_exceptions=True)
            async with asyncio.timeout(PATIENCE):
                while link.client is stuck:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            patiently = ReadSession(link.database, PATIENCE, link.calls())
            await patiently.find(USERS.collection, {}, limit=1)
            await asyncio.sleep(0.3)
        lock.release()
        await stuck.close()

    assert {type(answer) for answer in answers} == {StorageUnavailable}
    events = [log["event"] for log in logs]
    assert events == ["database_client_replaced"]


async def test_call_that_meets_a_broken_lock_is_unavailable_and_reports_it() -> None:
    reports: list[None] = []

    async def call() -> None:
        raise RuntimeError("Lock is not acquired")

    with pytest.raises(StorageUnavailable):
        await Calls(lambda: reports.append(None)).run(call(), PATIENCE)

    assert reports == [None]
