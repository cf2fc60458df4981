"""The service as clients see it, with storage in memory."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from app.container import Container
from app.core.settings import Settings
from app.main import create_app
from app.repositories.memory import MemoryStorage
from tests.conftest import SteppingClock

Register = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def settings() -> Settings:
    """The defaults; tests of settings have a fixture of the same name."""
    return Settings()


@pytest.fixture
def app(settings: Settings, storage: MemoryStorage, clock: SteppingClock) -> FastAPI:
    """The application, not yet started."""

    @asynccontextmanager
    async def open_in_memory(settings: Settings) -> AsyncIterator[Container]:
        yield Container(settings=settings, clock=clock, storage=storage)

    return create_app(settings, open_in_memory)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the started application."""
    async with (
        LifespanManager(app) as manager,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(manager.app),
            base_url="http://service",
        ) as client,
    ):
        yield client


@pytest.fixture
def register(client: httpx2.AsyncClient) -> Register:
    """Registers a user and returns it as the service answered."""

    async def register(
        email: str = "ada@example.com",
        name: str = "Ada",
    ) -> dict[str, Any]:
        body = {"email": email, "name": name}
        response = await client.post("/api/v1/users", json=body)
        assert response.status_code == 201, response.text
        user: dict[str, Any] = response.json()
        return user

    return register
