"""Callers of every kind, and what it takes to forge their tokens."""

import json
from typing import Any
from uuid import uuid4

import httpx2
import jwt
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.api.clients import administrators_token, registration
from tests.api.identity import Identity
from tests.issuer import shared_issuer

PUBLIC: set[str] = set()
"""Operations for everybody."""

TESTED_ELSEWHERE: set[str] = set()
"""Operations that the matrix of access can't ask."""


async def newcomer(client: httpx2.AsyncClient) -> Identity:
    """Return somebody who has just been registered."""
    subject = uuid4().hex
    token = shared_issuer().token(sub=subject)
    response = await client.post(
        "/api/v1/users",
        json=registration(f"{subject}@example.com"),
        headers=Identity(token).headers,
    )
    assert response.status_code == 201, response.text
    return Identity(token, response.json()["id"])


def administrator() -> Identity:
    """Return somebody who may do everything."""
    return Identity(administrators_token())


def signature(text: str) -> str:
    """Return the signature of a text by the very key that signs good tokens."""
    return shared_issuer().signature(text, "ES256")


def known_secrets() -> list[bytes]:
    """Return what is no secret: public keys, in the forms in which libraries may take them."""
    keys = shared_issuer().keys()
    return [_pem(key) for key in keys] + [json.dumps(key).encode() for key in keys]


def _pem(key: dict[str, Any]) -> bytes:
    public = jwt.PyJWK(key).key
    pem: bytes = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem
