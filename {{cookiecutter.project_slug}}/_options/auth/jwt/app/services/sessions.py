"""Staying logged in: access tokens for a while, refresh tokens for the next ones."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.core.clock import Clock
from app.core.errors import translate_storage_errors
from app.core.ids import new_id
from app.core.observability.instrumentation import measured
from app.core.security.access_tokens import AccessTokens
from app.core.security.refresh_tokens import MalformedRefreshToken, RefreshToken
from app.models.account import Account, TokenFamily
from app.repositories.interfaces.accounts import StaleFamily
from app.repositories.interfaces.storage import UnitOfWork, UnitOfWorkFactory
from app.services.account_errors import RefreshTokenRefused
from app.services.revocation import RevocableTokens

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What somebody who is logged in holds; `expires_in` is in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str


@measured("service")
class SessionService:
    """Keeps people in for as long as they come back within `lifetime` seconds.

    - A refresh token is used once. Using it again ends its family, at once and without any
      grace: nobody can tell the owner from a thief. Clients refresh one at a time.

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.

    Source: RFC 9700, section 4.14.2; the draft of OAuth 2.1, section 4.3.1.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        access_tokens: AccessTokens,
        trusted: RevocableTokens,
        clock: Clock,
        *,
        lifetime: float,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._access_tokens = access_tokens
        self._trusted = trusted
        self._clock = clock
        self._lifetime = timedelta(seconds=lifetime)

    @translate_storage_errors()
    async def open(self, account: Account) -> Tokens:
        """Return the first tokens for somebody who has just shown who they are."""
        async with self._unit_of_work() as work:
            tokens = await self.open_within(work, account)
            await work.commit()
        return tokens

    async def open_within(self, work: UnitOfWork, account: Account) -> Tokens:
        """Add a new log-in to a unit of work, which the caller commits; return its first tokens."""
        now = self._clock.now()
        first = RefreshToken.first()
        family = TokenFamily(
            id=new_id(now),
            user_id=account.user_id,
            family_digest=first.family_digest,
            token_digest=first.digest,
            password_version=account.password_version,
            created_at=now,
            expires_at=now + self._lifetime,
        )
        await work.accounts.remove_families(account.user_id, expired_by=now)
        await work.accounts.add_family(family)
        return self._tokens(family, first)

    @translate_storage_errors()
    async def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens for a refresh token, which can't be used again.

        Raises:
            RefreshTokenRefused: it is none, or has been used, or what it stands for is over.
        """
        shown = _parsed(refresh_token)
        try:
            return await self._rotate(shown)
        except StaleFamily as error:
            await self._end_family_of(shown, event="refresh_token_reused")
            raise RefreshTokenRefused from error

    @translate_storage_errors()
    async def log_out(self, refresh_token: str) -> None:
        """End the family of a refresh token; one of no family ends nothing.

        Source: RFC 7009, section 2.2: that is no error.
        """
        with suppress(RefreshTokenRefused):
            await self._end_family_of(_parsed(refresh_token), event="logged_out")

    def forget(self, user_id: UUID) -> None:
        """Check all tokens of a user anew when they are next seen."""
        self._trusted.forget_user(user_id)

    async def _rotate(self, shown: RefreshToken) -> Tokens:
        """Exchange a token for the next of its family.

        Raises:
            RefreshTokenRefused: there is no such family, or it is over.
            StaleFamily: the token is not the next one of the family.
        """
        now = self._clock.now()
        async with self._unit_of_work() as work:
            family = await work.accounts.find_family(shown.family_digest)
            if family is None or not await _is_valid(work, family, at=now):
                raise RefreshTokenRefused
            coming = shown.next()
            rotated = family.rotated(coming.digest, expires_at=now + self._lifetime)
            await work.accounts.rotate(rotated, used=shown.digest)
            await work.commit()
        return self._tokens(family, coming)

    async def _end_family_of(self, shown: RefreshToken, *, event: str) -> None:
        """End the family of a token, and log that under a name; do nothing without one."""
        async with self._unit_of_work() as work:
            family = await work.accounts.find_family(shown.family_digest)
            if family is None:
                return
            await work.accounts.end_family(family.id, at=self._clock.now())
            await work.commit()
        self._trusted.forget(str(family.id))
        logger.info(event, user_id=str(family.user_id), session_id=str(family.id))

    def _tokens(self, family: TokenFamily, refresh_token: RefreshToken) -> Tokens:
        return Tokens(
            access_token=self._access_tokens.issue(family.user_id, family.id),
            expires_in=self._access_tokens.lifetime,
            refresh_token=refresh_token.text,
        )


async def _is_valid(work: UnitOfWork, family: TokenFamily, *, at: datetime) -> bool:
    account = await work.accounts.get_account(family.user_id)
    return account is not None and family.is_valid_for(account, at=at)


def _parsed(refresh_token: str) -> RefreshToken:
    try:
        return RefreshToken.parse(refresh_token)
    except MalformedRefreshToken as error:
        raise RefreshTokenRefused from error
