"""Checks the access tokens of the issuer that is set."""

from uuid import NAMESPACE_URL, UUID, uuid5

from app.core.errors import DependencyUnavailable
from app.core.security.issuer import IssuerKeys, IssuerUnavailable
from app.core.security.settings import AuthSettings
from app.models.caller import Caller
from app.services.tokens import (
    Claims,
    InvalidToken,
    TokenRules,
    TokenVerifier,
    VerifiedToken,
    read_claims,
    read_header,
)


class IssuedTokenVerifier(TokenVerifier):
    """Knows the tokens that one issuer signed for this service."""

    def __init__(self, keys: IssuerKeys, settings: AuthSettings) -> None:
        self._keys = keys
        self._settings = settings
        self._rules = TokenRules(
            issuer=settings.issuer,
            audience=settings.audience,
            type=settings.token_type,
            algorithms=settings.algorithms,
        )

    async def verify(self, token: str) -> VerifiedToken:
        header = read_header(token, self._rules)
        try:
            key = await self._keys.find(header.key_id, header.algorithm)
        except IssuerUnavailable as error:
            raise DependencyUnavailable("issuer") from error
        if key is None:
            raise InvalidToken("signed with no key of the issuer")
        claims = read_claims(token, key, self._rules)
        return VerifiedToken(self._caller(claims), claims.expires_at)

    def _caller(self, claims: Claims) -> Caller:
        scopes = _scopes(claims) | _roles(claims, self._settings.roles_claim)
        return Caller(
            user_id=user_id_of(claims.subject, self._settings.issuer),
            scopes=scopes,
            is_administrator=self._settings.administrator_scope in scopes,
        )


def user_id_of(subject: str, issuer: str) -> UUID:
    """Return the id under which a subject of an issuer is registered here: always the same.

    Source: RFC 9562, section 5.5.
    """
    return uuid5(uuid5(NAMESPACE_URL, issuer), subject)


def _scopes(claims: Claims) -> frozenset[str]:
    """Return what a token allows: text with spaces (RFC 8693) or a list, as issuers like it."""
    given = claims.all.get("scope", claims.all.get("scp"))
    if isinstance(given, str):
        return frozenset(given.split())
    return _texts_in(given)


def _roles(claims: Claims, place: str | None) -> frozenset[str]:
    """Return the roles that stand in a place: the name of a claim, or names joined with dots."""
    if place is None:
        return frozenset()
    found: object = claims.all
    for name in [place] if place in claims.all else place.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return _texts_in(found)


def _texts_in(value: object) -> frozenset[str]:
    """Return the texts of a list; nothing of anything else."""
    if not isinstance(value, list):
        return frozenset()
    return frozenset(part for part in value if isinstance(part, str))
