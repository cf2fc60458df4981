"""All that lets people in, as set: what the composition root opens and routes are given."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.core.cache.base import Cache
from app.core.clock import Clock
from app.core.settings import Settings
from app.repositories.interfaces.storage import Storage
from app.services.accounts import AccountService, open_accounts
from app.services.authentication import AuthenticationService
from app.services.revocation import RevocableTokens
from app.services.verifier import make_verifier


@dataclass(frozen=True, slots=True)
class Auth:
    """Who makes a request, and how people get what tells it."""

    authentication: AuthenticationService
    accounts: AccountService


@asynccontextmanager
async def open_auth(
    settings: Settings,
    storage: Storage,
    cache: Cache,
    clock: Clock,
) -> AsyncIterator[Auth]:
    """Open it; a log-in that is ended is unknown at once to both of its parts."""
    trusted = RevocableTokens()
    verifier = make_verifier(settings, storage, clock)
    async with open_accounts(settings, storage, cache, trusted, clock) as accounts:
        yield Auth(AuthenticationService(verifier, trusted), accounts)
