"""Clients of the service, and what they send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx2
from asgi_lifespan import LifespanManager
from fastapi import FastAPI

from app.core.security.settings import AuthSettings
from app.core.settings import Settings
from app.models.caller import SCOPES
from tests.issuer import AUDIENCE, shared_issuer

ADMINISTRATOR = " ".join(sorted({*SCOPES, "users:admin"}))


def service_settings(**given: Any) -> Settings:
    """Return settings for a service that `open_client` can speak to."""
    auth = AuthSettings(issuer=shared_issuer().address, audience=AUDIENCE)
    return Settings(**{"auth": auth, **given})


@cache
def administrators_token() -> str:
    """Return a token of somebody who may do everything, and is registered nowhere."""
    return shared_issuer().token(sub="administrator", scope=ADMINISTRATOR)


@asynccontextmanager
async def open_client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Start an application, and return an administrator's client of it; stop it on leaving."""
    async with (
        LifespanManager(app, startup_timeout=30, shutdown_timeout=30) as manager,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(manager.app),
            base_url="http://service",
            headers={"Authorization": f"Bearer {administrators_token()}"},
        ) as client,
    ):
        yield client


def registration(email: str = "ada@example.com", name: str = "Ada") -> dict[str, Any]:
    """Return the body of a registration."""
    return {"email": email, "name": name}
