"""Who the bearers of an issuer's tokens are here, and what they may do."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core.security.issuer import open_issuer_keys
from app.core.security.settings import AuthSettings
from app.services.tokens import TokenVerifier
from app.services.verifier import IssuedTokenVerifier, user_id_of
from tests.issuer import AUDIENCE, shared_issuer

BOTH = ["users:read", "users:admin"]


@pytest.fixture
async def verifier() -> AsyncIterator[TokenVerifier]:
    settings = AuthSettings(
        issuer=shared_issuer().address,
        audience=AUDIENCE,
        roles_claim="realm_access.roles",
    )
    async with open_issuer_keys(settings) as keys:
        yield IssuedTokenVerifier(keys, settings)


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "users:read users:admin"},
        {"scope": "users:admin  users:read"},
        {"scope": BOTH},
        {"scope": None, "scp": BOTH},
        {"scope": None, "scp": "users:read users:admin"},
        {"scope": "users:read", "realm_access": {"roles": ["users:admin"]}},
        {"scope": None, "realm_access": {"roles": [*BOTH, None, 7]}},
        {"scope": "users:read users:admin", "aud": ["another", AUDIENCE]},
    ],
)
async def test_scopes_and_roles_are_read_where_issuers_write_them(
    verifier: TokenVerifier,
    claims: dict[str, Any],
) -> None:
    verified = await verifier.verify(shared_issuer().token(**claims))

    assert verified.caller.scopes == frozenset(BOTH)
    assert verified.caller.is_administrator


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": None},
        {"scope": 7},
        {"scope": ""},
        {"scope": "users:administrator USERS:ADMIN users"},
        {"scope": {"users:admin": True}},
        {"scope": "", "scp": ["users:admin"]},
        {"scope": None, "scp": [["users:admin"], None, 7]},
        {"realm_access": None},
        {"realm_access": ["users:admin"]},
        {"realm_access": {"roles": "users:admin"}},
        {"realm_access": {"roles": {"users:admin": True}}},
        {"resource_access": {"roles": ["users:admin"]}},
        {"roles": ["users:admin"]},
    ],
)
async def test_what_stands_anywhere_else_gives_no_rights(
    verifier: TokenVerifier,
    claims: dict[str, Any],
) -> None:
    verified = await verifier.verify(shared_issuer().token(**claims))

    assert "users:admin" not in verified.caller.scopes
    assert not verified.caller.is_administrator


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_tokens_may_be_signed_with_every_algorithm_that_is_allowed(
    verifier: TokenVerifier,
    algorithm: str,
) -> None:
    token = shared_issuer().token(algorithm, sub="ada", exp=2**33)

    verified = await verifier.verify(token)

    assert verified.expires_at == 2**33
    assert verified.caller.user_id == user_id_of("ada", shared_issuer().address)


def test_a_subject_of_another_issuer_is_somebody_else() -> None:
    issuers = ["https://a.example.com", "https://a.example.com/", "https://b"]

    assert len({user_id_of("ada", issuer) for issuer in issuers}) == len(issuers)
