"""Clients of the service, and what they send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from app.core.settings import Settings


def service_settings(**given: Any) -> Settings:
    """Return settings for a service that `open_client` can speak to."""
    return Settings(**given)


@asynccontextmanager
async def open_client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Start an application, and return a client of it; stop it on leaving."""
    async with (
        LifespanManager(app, startup_timeout=30, shutdown_timeout=30) as manager,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(manager.app),
            base_url="http://service",
        ) as client,
    ):
        yield client


def registration(email: str = "ada@example.com", name: str = "Ada") -> dict[str, Any]:
    """Return the body of a registration."""
    return {"email": email, "name": name}
