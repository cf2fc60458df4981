"""Callers of every kind, and what it takes to forge their tokens."""

import hmac
from base64 import urlsafe_b64encode
from uuid import uuid4

import httpx2

from app.core.settings import DEVELOPMENT_KEY
from tests.accounts import KEYS
from tests.api.clients import ADMINISTRATORS_TOKEN, registration
from tests.api.identity import Identity

PUBLIC = {"register_user", "log_in", "refresh_tokens", "log_out"}
"""Operations for everybody."""

TESTED_ELSEWHERE = {"change_password"}
"""Operations that the matrix of access can't ask: this one logs callers out."""


async def newcomer(client: httpx2.AsyncClient) -> Identity:
    """Return somebody who has just registered, and logged in."""
    body = registration(f"{uuid4().hex}@example.com")
    registered = await client.post("/api/v1/users", json=body)
    assert registered.status_code == 201, registered.text
    form = {"username": body["email"], "password": body["password"]}
    tokens = await client.post("/api/v1/auth/token", data=form)
    assert tokens.status_code == 200, tokens.text
    return Identity(tokens.json()["access_token"], registered.json()["id"])


def administrator() -> Identity:
    """Return somebody who may do everything."""
    return Identity(ADMINISTRATORS_TOKEN)


def signature(text: str) -> str:
    """Return the signature of a text by the very key that signs good tokens."""
    [key] = KEYS.values()
    digest = hmac.digest(key.encode(), text.encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def known_secrets() -> list[bytes]:
    """Return what is no secret."""
    return [DEVELOPMENT_KEY.encode(), *(key_id.encode() for key_id in KEYS), b"secret"]
