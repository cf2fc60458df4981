"""Accounts made to order, and hashing that costs tests nothing."""

from datetime import datetime, timedelta
from uuid import UUID

import httpx2
import jwt
from fastapi import FastAPI
from pydantic import Secret

from app.core.clock import Clock
from app.core.security.passwords import PasswordSettings
from app.core.security.settings import AuthSettings
from app.core.signing import Signer
from app.repositories.interfaces.storage import Storage
from app.services.known_networks import KnownNetworks
from app.services.sessions import Tokens
from tests.conftest import SteppingClock

PASSWORD = "correct horse battery staple"  # noqa: S105 - a test's
OTHER_PASSWORD = "twelve or more letters"  # noqa: S105 - a test's

HASH = "$argon2id$of-no-password"

KEYS = {"tests": "a key that only the tests of this service know"}

CHEAP = PasswordSettings(memory_kib=8, passes=1, threads=2)


def auth_settings(**given: object) -> AuthSettings:
    """Return settings for logging in at no cost, with a key that tests know."""
    return AuthSettings.model_validate({"passwords": CHEAP, "keys": KEYS, **given})


class MovableClock(SteppingClock):
    """Goes on for as long as it is told to, besides."""

    def go_on(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))


class StoppedClock(MovableClock):
    """Goes on only when it is told to."""

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed


def known_networks(
    storage: Storage,
    clock: Clock,
    *,
    known_for: timedelta,
) -> KnownNetworks:
    """Return the networks that are known in a storage."""
    return KnownNetworks(
        storage.accounts,
        storage.unit_of_work,
        clock,
        Signer(Secret("a secret of the service's, long enough"), "known networks"),
        known_for=known_for,
    )


def family_of(tokens: Tokens) -> UUID:
    """Return by which log-in somebody got tokens."""
    claims = jwt.decode(tokens.access_token, options={"verify_signature": False})
    return UUID(claims["sid"])


async def guess_from_many_networks(
    app: FastAPI,
    email: str,
    networks: int,
) -> list[int]:
    """Try a wrong password for an address from each of some networks; return the statuses."""
    statuses = []
    for number in range(networks):
        network = httpx2.ASGITransport(app, client=(f"198.51.100.{number}", 4711))
        async with httpx2.AsyncClient(
            transport=network,
            base_url="http://service",
        ) as attacker:
            form = {"username": email, "password": OTHER_PASSWORD}
            response = await attacker.post("/api/v1/auth/token", data=form)
            statuses.append(response.status_code)
    return statuses
