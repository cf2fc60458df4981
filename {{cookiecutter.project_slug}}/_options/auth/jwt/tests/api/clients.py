"""Clients of the service, and what they send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2
from asgi_lifespan import LifespanManager
from fastapi import FastAPI, Request

from app.api.dependencies.caller import get_caller
from app.core.settings import Settings
from app.models.caller import SCOPES, Caller
from tests.accounts import PASSWORD, auth_settings

ADMINISTRATORS_TOKEN = "administrators-token"  # noqa: S105 - a test's


def service_settings(**given: Any) -> Settings:
    """Return settings for a service that `open_client` can speak to."""
    auth = auth_settings(attempts={"to_register": 1_000_000})
    return Settings(**{"auth": auth, **given})


@asynccontextmanager
async def open_client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Start an application, and return an administrator's client of it; stop it on leaving.

    That administrator is no user: storage holds nothing but what a test puts there. All
    other tokens are checked.
    """
    administrator = Caller(user_id=uuid4(), scopes=SCOPES, is_administrator=True)
    header = f"Bearer {ADMINISTRATORS_TOKEN}"

    async def get_caller_or_administrator(request: Request) -> Caller:
        if request.headers.get("authorization") == header:
            return administrator
        return await get_caller(request)

    app.dependency_overrides[get_caller] = get_caller_or_administrator
    async with open_anonymous_client(app) as client:
        client.headers["Authorization"] = header
        yield client


@asynccontextmanager
async def open_anonymous_client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Start an application, and return a client of it that has no token; stop it on leaving."""
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
    return {"email": email, "name": name, "password": PASSWORD}
