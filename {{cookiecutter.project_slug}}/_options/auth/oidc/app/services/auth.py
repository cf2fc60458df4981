"""All that lets people in, as set: what the composition root opens and routes are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.core.caching import Cache
from app.core.clock import Clock
from app.core.settings import Settings
from app.repositories.interfaces.storage import Storage
from app.services.authentication import AuthenticationService, TrustedTokens
from app.services.verifier import open_verifier


@dataclass(frozen=True, slots=True)
class Auth:
    """Who makes a request."""

    authentication: AuthenticationService


@asynccontextmanager
async def open_auth(
    settings: Settings,
    _storage: Storage,
    _cache: Cache,
    _clock: Clock,
) -> AsyncIterator[Auth]:
    """Open it; who may come in is up to the issuer, and nothing is kept of it here."""
    async with open_verifier(settings.auth) as verifier:
        yield Auth(AuthenticationService(verifier, TrustedTokens()))
