"""Who makes a request."""

import time
from collections.abc import Callable
from hashlib import sha256

import structlog

from app.core.observability.instrumentation import measured
from app.core.security.errors import NotAuthenticated
from app.models.caller import Caller
from app.services.tokens import InvalidToken, TokenVerifier, VerifiedToken

TRUST_SECONDS = 30
"""For how long a token that was good is not checked again."""

MAX_TRUSTED = 10_000
"""Tokens; then the one that was checked longest ago is forgotten."""

logger = structlog.get_logger()


class TrustedTokens:
    """Tokens that were good a moment ago, by their hashes: none is kept itself.

    - `now` returns seconds since 1970, with which the end of a token is compared.
    - `monotonic` returns seconds that never go back: no token is trusted for longer because
      the clock was set.
    - `generation` grows whenever tokens are taken back.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.generation = 0
        self._now = now
        self._monotonic = monotonic
        self._trusted: dict[bytes, tuple[Caller, float]] = {}

    def get(self, token: str) -> Caller | None:
        """Return whose token it is, or None if it has to be checked."""
        key = _key(token)
        caller, until = self._trusted.get(key, (None, 0))
        if caller is not None and self._monotonic() >= until:
            del self._trusted[key]
            return None
        return caller

    def add(self, token: str, verified: VerifiedToken) -> None:
        """Trust a token for a while, and never beyond its end."""
        left = min(TRUST_SECONDS, verified.expires_at - self._now())
        if len(self._trusted) >= MAX_TRUSTED:
            del self._trusted[next(iter(self._trusted))]
        self._trusted[_key(token)] = (verified.caller, self._monotonic() + left)


@measured("service")
class AuthenticationService:
    """Tells who makes a request by the token that it carries.

    What was good stays so for `TRUST_SECONDS`: only after that is it verified again.
    """

    def __init__(self, verifier: TokenVerifier, trusted: TrustedTokens) -> None:
        self._verifier = verifier
        self._trusted = trusted

    async def authenticate(self, token: str | None) -> Caller:
        """Return whose token it is; None stands for a request without one.

        Raises:
            NotAuthenticated: there is none, or it is not good.
            DependencyUnavailable: whether it is good can't be told right now.
        """
        if token is None:
            raise NotAuthenticated(token_given=False)
        caller = self._trusted.get(token)
        if caller is None:
            caller = await self._verified(token)
        return caller

    async def _verified(self, token: str) -> Caller:
        generation = self._trusted.generation
        try:
            verified = await self._verifier.verify(token)
        except InvalidToken as error:
            logger.info("token_refused", reason=str(error))
            raise NotAuthenticated(token_given=True) from None
        if self._trusted.generation == generation:  # else this one may be taken back
            self._trusted.add(token, verified)
        return verified.caller


def _key(token: str) -> bytes:
    return sha256(token.encode()).digest()
