"""What can be done with accounts: logging in, and choosing another password."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import UUID

import structlog

from app.core.cache.base import Cache
from app.core.clock import Clock, SystemClock
from app.core.errors import ConcurrentChange, translate_storage_errors
from app.core.observability.instrumentation import measured
from app.core.security.access_tokens import AccessTokens, signing_keys
from app.core.security.passwords import Passwords, Verdict, open_passwords
from app.core.security.rate_limit import Allowance
from app.core.security.rate_limiter import make_throttle
from app.core.settings import Settings
from app.core.signing import Signer
from app.core.validation import InvalidDetails, normalized_email
from app.models.account import Account, new_password, normalized_password
from app.repositories.interfaces.accounts import AccountRepository, StaleAccount
from app.repositories.interfaces.storage import Storage, UnitOfWorkFactory
from app.services.account_errors import WrongCredentials, WrongPassword
from app.services.known_networks import KnownNetworks
from app.services.log_in_limits import LogInLimits
from app.services.revocation import RevocableTokens
from app.services.sessions import SessionService, Tokens

logger = structlog.get_logger()

NO_ADDRESS = "-"
"""Stands for everything that is no e-mail address: nobody has it."""


@measured("service")
class AccountService:
    """Knows people by their passwords.

    - An unknown address, a wrong password and a deactivated user are answered alike, at the
      same cost.
    - A new password ends all that was given out for the old one.

    Raises:
        DependencyUnavailable: by every method, when storage does not answer in time.
    """

    def __init__(  # noqa: PLR0913 - each is a part of logging in
        self,
        accounts: AccountRepository,
        unit_of_work: UnitOfWorkFactory,
        passwords: Passwords,
        limits: LogInLimits,
        sessions: SessionService,
        *,
        min_password_length: int,
    ) -> None:
        self._accounts = accounts
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._limits = limits
        self.sessions = sessions
        self._min_password_length = min_password_length

    @translate_storage_errors()
    async def log_in(self, email: str, password: str, address: str) -> Tokens:
        """Return tokens for the holder of a password, who asks from a network address.

        Raises:
            WrongCredentials: nobody who may log in has this address and this password.
            TooManyAttempts: too many passwords were tried from there, or for this address.
        """
        known_as = _comparable(email)
        await self._limits.require_attempt(known_as, address)
        account = await self._accounts.find_account(known_as)
        verdict = await self._compare(password, account)
        if account is None or not verdict.is_right:
            user_id = str(account.user_id) if account else None
            logger.info("log_in_refused", user_id=user_id)
            raise WrongCredentials
        for known in (known_as, str(account.user_id)):
            await self._limits.succeeded(known, address)
        if verdict.new_hash:
            await self._rehash(account, verdict.new_hash)
        tokens = await self.sessions.open(account)
        logger.info("logged_in", user_id=str(account.user_id))
        return tokens

    async def hash_of_newcomer(self, chosen: str, address: str) -> str:
        """Return the password of somebody who registers from a network address, hashed.

        Raises:
            TooManyAttempts: too many registrations were tried from there.
            InvalidDetails: the password breaks a rule.
        """
        password = new_password(chosen, self._min_password_length)
        await self._limits.require_registration(address)
        return await self._passwords.hash(password)

    @translate_storage_errors()
    async def change_password(
        self,
        user_id: UUID,
        current: str,
        chosen: str,
        address: str,
    ) -> Tokens:
        """Choose a new password for somebody who knows the current one; log out everywhere.

        The tokens of a new log-in, for the caller, replace those that ended.

        Raises:
            WrongPassword: the current one is another.
            TooManyAttempts: too many were tried from this network address, or for this user.
            ConcurrentChange: the account was changed by somebody else at the same moment.
            InvalidDetails: the new one breaks a rule.
        """
        password = new_password(chosen, self._min_password_length)
        await self._limits.require_attempt(str(user_id), address)
        account = await self._accounts.get_account(user_id)
        verdict = await self._compare(current, account)
        if account is None or not verdict.is_right:
            raise WrongPassword
        await self._limits.succeeded(str(user_id), address)
        changed = account.with_password(await self._passwords.hash(password))
        try:
            async with self._unit_of_work() as work:
                await work.accounts.update(changed)
                tokens = await self.sessions.open_within(work, changed)
                await work.commit()
        except StaleAccount as error:
            raise ConcurrentChange from error
        self.sessions.forget(user_id)
        logger.info("password_changed", user_id=str(user_id))
        return tokens

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


@asynccontextmanager
async def open_accounts(
    settings: Settings,
    storage: Storage,
    cache: Cache,
    trusted: RevocableTokens,
    clock: Clock,
) -> AsyncIterator[AccountService]:
    """Open what lets people in, as set, with the threads that hash passwords."""
    auth, attempts = settings.auth, settings.auth.attempts
    begin = storage.unit_of_work
    limits = LogInLimits(
        make_throttle(cache, clock),
        KnownNetworks(
            storage.accounts,
            begin,
            clock,
            Signer(settings.secret_key, "known networks"),
            known_for=timedelta(days=attempts.known_days),
        ),
        for_account=Allowance(attempts.for_account, attempts.for_account_every),
        for_network=Allowance(attempts.for_network, attempts.for_network_every),
        from_unknown=Allowance(attempts.from_unknown, attempts.from_unknown_every),
        to_register=Allowance(attempts.to_register, attempts.to_register_every),
    )
    access_tokens = AccessTokens(
        signing_keys(auth.keys, settings.secret_key),
        SystemClock(),  # what tokens say is compared with that one
        issuer=auth.issuer,
        audience=auth.audience,
        lifetime=auth.access_lifetime,
    )
    async with open_passwords(auth.passwords) as passwords:
        yield AccountService(
            storage.accounts,
            begin,
            passwords,
            limits,
            SessionService(
                begin,
                access_tokens,
                trusted,
                clock,
                lifetime=auth.refresh_lifetime,
            ),
            min_password_length=auth.passwords.min_length,
        )


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
