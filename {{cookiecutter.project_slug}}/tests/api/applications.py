"""Applications that one test after another uses."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.datastructures import State

from app.container import Container, open_container
from app.core.clock import Clock
from app.core.database.settings import DatabaseSettings
from app.core.settings import Settings
from app.main import ContainerOpener, create_app
from app.repositories.interfaces.storage import Storage
from tests.memory import MemoryStorage


def keeping_in(storage: MemoryStorage, clock: Clock | None = None) -> ContainerOpener:
    """Return what opens a container that keeps everything in memory."""

    @asynccontextmanager
    async def in_memory(_: DatabaseSettings) -> AsyncIterator[Storage]:
        yield storage

    return partial(open_container, opener=in_memory, clock=clock)


class Applications:
    """Hands out applications again and again: to make one takes longer than most tests.

    Only what is the same in each of them is kept, their routes. One that a test has added
    routes to is not handed out again.
    """

    def __init__(self) -> None:
        self._made: dict[str, _Application] = {}

    def get(self, settings: Settings, opener: ContainerOpener) -> FastAPI:
        """Return an application as `create_app` does, not yet started."""
        key = settings.http.model_dump_json()  # what an application is made by
        made = self._made.get(key)
        if made is None or not made.is_unchanged:
            made = self._made[key] = _Application(settings)
        made.clear()
        made.open = lambda: opener(settings)
        return made.app


class _Application:
    """An application whose resources are those of the test that has it."""

    def __init__(self, settings: Settings) -> None:
        self.open: Callable[[], AbstractAsyncContextManager[Container]]
        self.app = create_app(settings, self._open)
        self._routes = list(self.app.routes)

    @property
    def is_unchanged(self) -> bool:
        """Whether it has the routes that it was made with."""
        return self.app.routes == self._routes

    def clear(self) -> None:
        """Forget whatever came after making it."""
        self.app.dependency_overrides.clear()
        self.app.middleware_stack = None
        self.app.openapi_schema = None
        self.app.state = State()

    def _open(self, _: Settings) -> AbstractAsyncContextManager[Container]:
        return self.open()
