"""What can be done with accounts: logging in, staying so, and no longer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.core.access_tokens import AccessTokens, signing_keys
from app.core.clock import Clock
from app.core.ids import new_id
from app.core.measuring import measured
from app.core.metrics import USERS_REGISTERED
from app.core.passwords import Passwords, Verdict, open_passwords
from app.core.refresh_tokens import MalformedRefreshToken, RefreshToken
from app.core.settings import Settings
from app.core.throttle import Allowance, Throttle
from app.models.account import Account, TokenFamily, new_password, normalized_password
from app.models.user import InvalidDetails, NewUser, User, normalized_email
from app.repositories.interfaces.accounts import StaleAccount, StaleFamily
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.unit_of_work import UnitOfWork, UnitOfWorkFactory
from app.services.account_errors import (
    RefreshTokenRefused,
    WrongCredentials,
    WrongPassword,
)
from app.services.authentication import TrustedTokens
from app.services.errors import ConcurrentChange, storage_errors_translated
from app.services.log_in_limits import LogInLimits
from app.services.users import UserService, duplicates_refused

logger = structlog.get_logger()

NO_ADDRESS = "-"
"""Stands for everything that is no e-mail address: nobody has it."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What somebody who is logged in holds; `expires_in` is in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str


@measured("service")
class AccountService:
    """Lets people in by their passwords, and keeps them in by refresh tokens.

    - Who registers and what they log in with are stored together or not at all.
    - An unknown address, a wrong password and a deactivated user are answered alike, at the
      same cost.
    - A refresh token is used once. Using it again ends its family, at once and without any
      grace: nobody can tell the owner from a thief. Clients refresh one at a time.
    - A new password ends all that was given out for the old one.
    - Whether somebody may log in is read in a unit of work: a replica may not know yet.

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.

    Source: RFC 9700, section 4.14.2; the draft of OAuth 2.1, section 4.3.1.
    """

    def __init__(
        self,
        users: UserService,
        unit_of_work: UnitOfWorkFactory,
        passwords: Passwords,
        access_tokens: AccessTokens,
        limits: LogInLimits,
        trusted: TrustedTokens,
        clock: Clock,
        *,
        refresh_lifetime: float,
    ) -> None:
        self._users = users
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._limits = limits
        self._trusted = trusted
        self._clock = clock
        self._refresh_lifetime = timedelta(seconds=refresh_lifetime)

    @storage_errors_translated()
    async def register(self, details: NewUser, chosen: str) -> User:
        """Store a new user who can log in with a password, announce it, and return it.

        Raises:
            EmailTaken: the address is registered already.
            InvalidDetails: the password breaks a rule.
        """
        password_hash = await self._passwords.hash(new_password(chosen))
        with duplicates_refused():
            async with self._unit_of_work() as work:
                user = await self._users.register_within(work, details)
                account = Account(user_id=user.id, password_hash=password_hash)
                await work.accounts.add(account)
                await work.commit()
        USERS_REGISTERED.inc()
        logger.info("user_registered", user_id=str(user.id))
        return user

    @storage_errors_translated()
    async def log_in(self, email: str, password: str, address: str) -> Tokens:
        """Return tokens for the holder of a password, who asks from a network address.

        Raises:
            WrongCredentials: nobody who may log in has this address and this password.
            TooManyAttempts: too many passwords were tried from there.
        """
        known_as = _comparable(email)
        await self._limits.require_attempt(known_as, address)
        async with self._unit_of_work() as work:
            account = await work.accounts.find_account(known_as)
        verdict = await self._compare(password, account)
        if account is None or not verdict.is_right:
            logger.info("log_in_refused", user_id=str(account.user_id) if account else None)
            raise WrongCredentials
        await self._limits.succeeded(known_as, address)
        if verdict.new_hash:
            await self._rehash(account, verdict.new_hash)
        tokens = await self._open_family(account)
        logger.info("logged_in", user_id=str(account.user_id))
        return tokens

    @storage_errors_translated()
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

    @storage_errors_translated()
    async def log_out(self, refresh_token: str) -> None:
        """End the family of a refresh token; one that can't be used ends nothing.

        Source: RFC 7009, section 2.2: that is no error.
        """
        with suppress(RefreshTokenRefused):
            await self._end_family_of(_parsed(refresh_token), event="logged_out")

    @storage_errors_translated()
    async def change_password(
        self,
        user_id: UUID,
        current: str,
        chosen: str,
        address: str,
    ) -> None:
        """Choose a new password for somebody who knows the current one; log out everywhere.

        Raises:
            WrongPassword: the current one is another.
            TooManyAttempts: too many were tried from this network address.
            ConcurrentChange: the account was changed by somebody else at the same moment.
            InvalidDetails: the new one breaks a rule.
        """
        password = new_password(chosen)
        await self._limits.require_attempt(str(user_id), address)
        async with self._unit_of_work() as work:
            account = await work.accounts.get_account(user_id)
        verdict = await self._compare(current, account)
        if account is None or not verdict.is_right:
            raise WrongPassword
        await self._limits.succeeded(str(user_id), address)
        changed = account.with_password(await self._passwords.hash(password))
        try:
            async with self._unit_of_work() as work:
                await work.accounts.update(changed)
                await work.commit()
        except StaleAccount as error:
            raise ConcurrentChange from error
        self._trusted.forget_user(user_id)
        logger.info("password_changed", user_id=str(user_id))

    async def _compare(self, password: str, account: Account | None) -> Verdict:
        """Compare a password with that of an account, at the same cost if there is none."""
        stored = account.password_hash if account else None
        return await self._passwords.verify(_hashable(password), stored)

    async def _rehash(self, account: Account, password_hash: str) -> None:
        """Store the password hashed as it is now; if somebody else is faster, do nothing."""
        with suppress(StaleAccount):
            async with self._unit_of_work() as work:
                await work.accounts.update(account.rehashed(password_hash))
                await work.commit()

    async def _open_family(self, account: Account) -> Tokens:
        now = self._clock.now()
        first = RefreshToken.first()
        family = TokenFamily(
            id=new_id(now),
            user_id=account.user_id,
            family_digest=first.family_digest,
            token_digest=first.digest,
            password_version=account.password_version,
            created_at=now,
            expires_at=self._expiry(now),
        )
        async with self._unit_of_work() as work:
            await work.accounts.remove_families(account.user_id, expired_by=now)
            await work.accounts.add_family(family)
            await work.commit()
        return self._tokens(family, first)

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
            rotated = family.rotated(coming.digest, expires_at=self._expiry(now))
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
        logger.info(event, user_id=str(family.user_id), family_id=str(family.id))

    def _expiry(self, now: datetime) -> datetime:
        return now + self._refresh_lifetime

    def _tokens(self, family: TokenFamily, refresh_token: RefreshToken) -> Tokens:
        return Tokens(
            access_token=self._access_tokens.issue(family.user_id, family.id),
            expires_in=self._access_tokens.lifetime,
            refresh_token=refresh_token.text,
        )


@asynccontextmanager
async def open_accounts(
    settings: Settings,
    storage: Storage,
    throttle: Throttle,
    trusted: TrustedTokens,
    clock: Clock,
) -> AsyncIterator[AccountService]:
    """Open what lets people in, as set, with the threads that hash passwords."""
    auth, attempts = settings.auth, settings.auth.attempts
    async with open_passwords(auth.passwords) as passwords:
        yield AccountService(
            UserService(storage.users, storage.unit_of_work, clock),
            storage.unit_of_work,
            passwords,
            AccessTokens(
                signing_keys(auth.keys, settings.secret_key),
                clock,
                issuer=auth.issuer,
                audience=auth.audience,
                lifetime=auth.access_lifetime,
            ),
            LogInLimits(
                throttle,
                for_account=Allowance(attempts.for_account, attempts.for_account_every),
                for_network=Allowance(attempts.for_network, attempts.for_network_every),
            ),
            trusted,
            clock,
            refresh_lifetime=auth.refresh_lifetime,
        )


async def _is_valid(work: UnitOfWork, family: TokenFamily, *, at: datetime) -> bool:
    account = await work.accounts.get_account(family.user_id)
    return account is not None and family.is_valid_for(account, at=at)


def _parsed(refresh_token: str) -> RefreshToken:
    try:
        return RefreshToken.parse(refresh_token)
    except MalformedRefreshToken as error:
        raise RefreshTokenRefused from error


def _comparable(email: str) -> str:
    """Return an address as it is stored, or what nobody has if it is none."""
    try:
        return normalized_email(email)
    except InvalidDetails:
        return NO_ADDRESS


def _hashable(password: str) -> str:
    """Return a password as it is hashed; nothing, which no password is, if nobody can have it."""
    try:
        return normalized_password(password)
    except InvalidDetails:
        return ""
