"""The service as clients see it, with storage in memory behind the cache."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from app.core.cache.backend import CacheSettings
from app.core.clock import Clock
from app.core.settings import Settings
from app.main import create_app
from tests.api.applications import Applications, keeping_in
from tests.api.clients import open_client, registration, service_settings
from tests.memory import MemoryStorage

Register = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def settings(cache_settings: CacheSettings) -> Settings:
    """The defaults; tests of settings have a fixture of the same name."""
    return service_settings().model_copy(update={"cache": cache_settings})


def app_with(
    settings: Settings,
    storage: MemoryStorage,
    clock: Clock | None = None,
) -> FastAPI:
    """Return a new application, not yet started, that keeps everything in memory."""
    return create_app(settings, keeping_in(storage, clock))


@pytest.fixture(scope="session")
def applications() -> Applications:
    return Applications()


@pytest.fixture
def app(
    applications: Applications,
    settings: Settings,
    storage: MemoryStorage,
    clock: Clock,
) -> FastAPI:
    """The application, not yet started."""
    return applications.get(settings, keeping_in(storage, clock))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the started application."""
    async with open_client(app) as client:
        yield client


@pytest.fixture
def register(client: httpx2.AsyncClient) -> Register:
    """Registers a user and returns it as the service answered."""

    async def register(
        email: str = "ada@example.com",
        name: str = "Ada",
    ) -> dict[str, Any]:
        body = registration(email, name)
        response = await client.post("/api/v1/users", json=body)
        assert response.status_code == 201, response.text
        user: dict[str, Any] = response.json()
        return user

    return register
