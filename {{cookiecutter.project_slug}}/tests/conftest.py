"""What all tests share: a database of their own, and times and users made to order."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from hypothesis import settings as hypothesis_settings

from app.core.cache.backend import CacheSettings, open_cache
from app.core.cache.base import Cache, Lifetimes
from app.core.clock import Clock
from app.core.database.settings import DatabaseSettings
from app.core.events.event import Event
from app.core.events.jobs import JobSettings
from app.core.ids import new_id
from app.core.settings import Settings
from app.models.events import UserRegistered
from app.models.user import User, UserDetails
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage
from migrations.commands import upgrade
from tests.cache import temporary_cache
from tests.core.no_server import NoServer
from tests.core.observability.spans import Spans
from tests.database import patient, temporary_database
from tests.emptying import empty
from tests.engine import shared_jobs, temporary_jobs

# Machines differ in speed, and nothing that a test finds is left behind.
hypothesis_settings.register_profile("service", deadline=None, database=None)
hypothesis_settings.load_profile("service")


def pytest_exception_interact(
    node: pytest.Item | pytest.Collector,
    call: pytest.CallInfo[object],
) -> None:
    """Stop at once if a server can't be had: all other tests would fail for the same reason."""
    if call.excinfo is not None and isinstance(call.excinfo.value, NoServer):
        node.session.shouldfail = str(call.excinfo.value).partition("\n")[0]


MakeUser = Callable[..., User]
AddUser = Callable[..., Awaitable[User]]
MakeEvent = Callable[[], Event]


class SteppingClock(Clock):
    """Each look at this clock is one second after the one before."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        self.advance(timedelta(seconds=1))
        return self._now

    def monotonic(self) -> float:
        self.advance(timedelta(seconds=1))
        return self._elapsed

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
        self._elapsed += by.total_seconds()

    def set_back(self, by: timedelta) -> None:
        """Set the time of day back; no less time has passed for that."""
        self._now -= by


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """A traceback in colours, with local variables, takes seconds: some tools bring `rich`."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(
                colors=False,
                exception_formatter=structlog.dev.plain_traceback,
            ),
        ],
    )


@pytest.fixture(scope="session")
def jobs_environment() -> Iterator[Mapping[str, str]]:
    """Variables for the jobs of tests that are about something else."""
    with shared_jobs() as environment:
        yield environment


@pytest.fixture(autouse=True)
def no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch,
    jobs_environment: Mapping[str, str],
) -> None:
    """Neither the developer's environment nor a `.env` file reaches the tests."""
    fields = tuple(name.upper() for name in Settings.model_fields)
    for name in os.environ:
        if name.upper().startswith(fields):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)
    monkeypatch.setenv("OPS__PORT", "0")  # tests run side by side
    for name, value in jobs_environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def migrated_database() -> Iterator[DatabaseSettings]:
    """A database that only these tests use, with every migration run."""
    with temporary_database() as settings:
        upgrade(settings)
        yield settings


@pytest.fixture
def database_settings(migrated_database: DatabaseSettings) -> DatabaseSettings:
    """The tests' database, empty."""
    asyncio.run(empty(migrated_database))
    return migrated_database


@pytest.fixture
async def storage(
    database_settings: DatabaseSettings,
) -> AsyncIterator[Storage]:
    """Storage in the tests' database, which is empty; reads are not cached."""
    async with open_storage(patient(database_settings)) as storage:
        yield storage


@pytest.fixture
async def other_storage(
    database_settings: DatabaseSettings,
) -> AsyncIterator[Storage]:
    """The same database, as another process of the service has it."""
    async with open_storage(patient(database_settings)) as storage:
        yield storage


@pytest.fixture(params=["uncached", "cached"])
def uncached_and_cached(request: pytest.FixtureRequest, storage: Storage) -> None:
    """Run a test twice; the second time its storage reads through the cache."""
    if request.param == "cached":
        cache: Cache = request.getfixturevalue("cache")
        storage.entities.enable(cache, Lifetimes(60))


@pytest.fixture
def cache_settings() -> Iterator[CacheSettings]:
    """An empty cache that only this test uses."""
    with temporary_cache() as settings:
        yield settings


@pytest.fixture
async def cache(cache_settings: CacheSettings) -> AsyncIterator[Cache]:
    """The cache that was chosen, empty."""
    async with open_cache(cache_settings) as cache:
        yield cache


@pytest.fixture
def spans() -> Spans:
    """What is recorded of traces during a test."""
    return Spans()


@pytest.fixture
def job_settings() -> Iterator[JobSettings]:
    """Settings for jobs that only this test runs."""
    with temporary_jobs() as settings:
        yield settings


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def make_user(clock: SteppingClock) -> MakeUser:
    """Returns a new user each time, registered one second after the last."""

    def make(email: str = "ada@example.com", name: str = "Ada") -> User:
        now = clock.now()
        details = UserDetails(email=email, name=name)
        return User.new(details, at=now)

    return make


@pytest.fixture
def add_user(storage: Storage, make_user: MakeUser) -> AddUser:
    """Stores a new user and returns it."""

    async def add(email: str = "ada@example.com", name: str = "Ada") -> User:
        user = make_user(email, name)
        async with storage.unit_of_work() as work:
            await work.users.add(user)
            await work.commit()
        return user

    return add


@pytest.fixture
def make_event(clock: SteppingClock, make_user: MakeUser) -> MakeEvent:
    """Returns the event of another registration each time, one second after the last."""

    def make() -> Event:
        return UserRegistered.of(make_user(), event_id=new_id(clock.now()))

    return make
