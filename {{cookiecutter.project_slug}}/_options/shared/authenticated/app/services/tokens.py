"""Access tokens, and what every good one satisfies.

Sources: RFC 7519 (JSON Web Tokens), RFC 8725 (best current practices), RFC 9068 (access tokens).
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from app.models.caller import Caller

MAX_TOKEN_LENGTH = 8192
"""Characters; longer tokens are refused before anything in them is read."""

MAX_SUBJECT_LENGTH = 255
"""Characters. Source: OpenID Connect Core 1.0, section 2."""

LEEWAY_SECONDS = 10
"""How far the clocks of those who make and those who check tokens may be apart."""

MAX_TIME = 253_402_300_799
"""Seconds from 1970 to the end of the year 9999; later times are no times."""

REQUIRED_CLAIMS = ("exp", "iat", "iss", "aud", "sub")

_THREE_PARTS = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class InvalidToken(Exception):
    """A token is not good; the text says why, for the log and not for the caller."""


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """Whose token it is, and until when, in seconds since 1970."""

    caller: Caller
    expires_at: float


class TokenVerifier(ABC):
    """Tells good tokens from bad ones."""

    @abstractmethod
    async def verify(self, token: str) -> VerifiedToken:
        """Return whose token it is.

        Raises:
            InvalidToken: it is not a good one.
            DependencyUnavailable: whether it is good can't be told right now.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a good token says of itself; `algorithms` are those it may be signed with.

    `type` tells access tokens from all others that the same key signs (RFC 8725, section 3.11).
    """

    issuer: str
    audience: str
    type: str
    algorithms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TokenHeader:
    """Which key a token claims to be signed with, and how."""

    key_id: str
    algorithm: str


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says; `all` are its claims as they came."""

    subject: str
    expires_at: float
    all: Mapping[str, object]


def read_header(token: str, rules: TokenRules) -> TokenHeader:
    """Return which key to check a token with; nothing that it says is trusted yet.

    Raises:
        InvalidToken: no key could make this one good.
    """
    if len(token) > MAX_TOKEN_LENGTH or not _THREE_PARTS.fullmatch(token):
        raise InvalidToken("not a signed token")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise InvalidToken(type(error).__name__) from None
    if "crit" in header or header.get("b64", True) is not True:
        raise InvalidToken("extensions that nobody here understands")
    if _type_of(header) != rules.type.lower():
        raise InvalidToken("not an access token")
    key_id, algorithm = header.get("kid"), header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in rules.algorithms:
        raise InvalidToken("an algorithm that is not allowed")
    if not isinstance(key_id, str):
        raise InvalidToken("no key is named")
    return TokenHeader(key_id, algorithm)


def read_claims(token: str, key: jwt.PyJWK, rules: TokenRules) -> Claims:
    """Return what a token says, if it is signed with a key and satisfies the rules.

    The key is bound to one algorithm: a public key is never taken for a shared secret.

    Raises:
        InvalidToken: it is not, or does not.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=rules.audience,
            issuer=rules.issuer,
            leeway=LEEWAY_SECONDS,
            options={
                "require": list(REQUIRED_CLAIMS),
                "enforce_minimum_key_length": True,
            },
        )
    except jwt.PyJWTError as error:
        raise InvalidToken(type(error).__name__) from None
    times = [claims[name] for name in ("exp", "iat", "nbf") if name in claims]
    if not all(map(_is_time, times)):
        raise InvalidToken("a time that is no number")
    if not _is_subject(claims["sub"]):
        raise InvalidToken("a subject that nobody can have")
    return Claims(claims["sub"], claims["exp"], claims)


def _type_of(header: Mapping[str, object]) -> str:
    """Return the media type without what may be left out (RFC 7515, section 4.1.9)."""
    return str(header.get("typ")).lower().removeprefix("application/")


def _is_time(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= MAX_TIME


def _is_subject(value: str) -> bool:
    is_short = 0 < len(value) <= MAX_SUBJECT_LENGTH
    return is_short and value.isprintable() and not value.isspace()
