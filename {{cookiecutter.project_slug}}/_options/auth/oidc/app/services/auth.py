"""All that lets people in, as set: what the composition root opens and routes are given."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.core.cache.base import Cache
from app.core.clock import Clock
from app.core.observability.health_checks import Check
from app.core.security.issuer import open_issuer_keys
from app.core.settings import Settings
from app.repositories.interfaces.storage import Storage
from app.services.authentication import AuthenticationService, TrustedTokens
from app.services.verifier import IssuedTokenVerifier


@dataclass(frozen=True, slots=True)
class Auth:
    """Who makes a request, and whether the issuer is there that says so."""

    authentication: AuthenticationService
    checks: Mapping[str, Check]


@asynccontextmanager
async def open_auth(
    settings: Settings,
    _storage: Storage,
    _cache: Cache,
    _clock: Clock,
) -> AsyncIterator[Auth]:
    """Open it; who may come in is up to the issuer, and nothing is kept of it here."""
    async with open_issuer_keys(settings.auth) as keys:
        verifier = IssuedTokenVerifier(keys, settings.auth)
        authentication = AuthenticationService(verifier, TrustedTokens())
        yield Auth(authentication, checks={"issuer": keys.check})
