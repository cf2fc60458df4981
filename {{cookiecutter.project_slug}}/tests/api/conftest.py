"""The service as clients see it, with the chosen database and cache."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from app.container import open_container
from app.core.cache.backend import CacheSettings
from app.core.clock import Clock
from app.core.database.settings import DatabaseSettings
from app.core.settings import Settings
from app.main import create_app
from tests.api.clients import open_client, registration, service_settings
from tests.database import patient

Register = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def settings(
    database_settings: DatabaseSettings,
    cache_settings: CacheSettings,
) -> Settings:
    """The defaults, with the tests' database, empty; tests of settings have another fixture."""
    changed = {"database": patient(database_settings), "cache": cache_settings}
    return service_settings().model_copy(update=changed)


@pytest.fixture
def app(settings: Settings, clock: Clock) -> FastAPI:
    """The application, not yet started."""
    return create_app(settings, partial(open_container, clock=clock))


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
