"""Access tokens: who makes them, and with which keys.

They are signed with HMAC-SHA256: who makes them is the only one who checks them, so that no
public key is of use to anybody, and checking takes a third of the time. For services that
check each other's tokens there are issuers of their own.

Source: RFC 9068, JSON Web Token (JWT) Profile for OAuth 2.0 Access Tokens.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from uuid import UUID

import jwt
from pydantic import Secret

from app.core.clock import Clock
from app.core.ids import new_id
from app.core.signing import Signer

ALGORITHM = "HS256"
TYPE = "at+jwt"
DERIVED_KEY_ID = "secret-key"

Keys = Mapping[str, jwt.PyJWK]
"""By their ids, the one that signs first."""


def signing_keys(given: Mapping[str, Secret[str]], secret_key: Secret[str]) -> Keys:
    """Return the keys that are set, or one that is derived from the secret of the service.

    To change keys, put a new one in front; drop the old one when the tokens that it signed
    have expired.
    """
    if not given:
        derived = Signer(secret_key, "access tokens").digest()
        return {DERIVED_KEY_ID: _symmetric_key(derived)}
    secrets = {key_id: key.get_secret_value() for key_id, key in given.items()}
    return {key_id: _symmetric_key(key.encode()) for key_id, key in secrets.items()}


class AccessTokens:
    """Makes access tokens; `lifetime` is in seconds."""

    def __init__(
        self,
        keys: Keys,
        clock: Clock,
        *,
        issuer: str,
        audience: str,
        lifetime: int,
    ) -> None:
        self._key_id, self._key = next(iter(keys.items()))
        self._clock = clock
        self._always = {"iss": issuer, "aud": audience}
        self.lifetime = lifetime

    def issue(self, user_id: UUID, session_id: UUID) -> str:
        """Return a token for a user who is logged in; `sid` says by which log-in.

        What the user may do does not stand in it: that may change before it expires.
        """
        now = self._clock.now()
        issued_at = int(now.timestamp())
        claims = {
            **self._always,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(new_id(now)),
            "iat": issued_at,
            "exp": issued_at + self.lifetime,
        }
        return jwt.encode(
            claims,
            self._key,
            algorithm=ALGORITHM,
            headers={"kid": self._key_id, "typ": TYPE},
        )


def _symmetric_key(key: bytes) -> jwt.PyJWK:
    encoded = urlsafe_b64encode(key).rstrip(b"=").decode()
    return jwt.PyJWK({"kty": "oct", "k": encoded, "alg": ALGORITHM})
