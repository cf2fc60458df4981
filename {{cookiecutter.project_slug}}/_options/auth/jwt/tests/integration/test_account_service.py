"""The rules about logging in, with the chosen database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from unittest.mock import DEFAULT, Mock
from uuid import uuid4

import pytest
from pydantic import Secret

from app.core.errors import ConcurrentChange
from app.core.security.access_tokens import AccessTokens, signing_keys
from app.core.security.passwords import Passwords, open_passwords
from app.core.security.rate_limit import Allowance, MemoryThrottle
from app.core.validation import InvalidDetails
from app.models.account import Account
from app.models.caller import Caller
from app.models.user import User, UserDetails
from app.repositories.interfaces.storage import Storage
from app.services.account_errors import (
    RefreshTokenRefused,
    TooManyAttempts,
    WrongCredentials,
    WrongPassword,
)
from app.services.accounts import AccountService
from app.services.authentication import AuthenticationService
from app.services.errors import EmailTaken
from app.services.log_in_limits import LogInLimits
from app.services.registration import RegistrationService
from app.services.revocation import RevocableTokens
from app.services.sessions import SessionService, Tokens
from app.services.statistics import StatisticsService
from app.services.tokens import TokenVerifier, VerifiedToken
from tests.accounts import (
    CHEAP,
    OTHER_PASSWORD,
    PASSWORD,
    MovableClock,
    family_of,
    known_networks,
)

ADA, HOME, ELSEWHERE = "ada@example.com", "192.0.2.1", "198.51.100.7"
LIFETIME = 3600
WAYS_OUT = ["log out", "change password", "reuse"]


class TestAccountService:
    """Ada is registered with `PASSWORD`; how often passwords are compared is counted."""

    @pytest.fixture(autouse=True)
    async def arrange(self, storage: Storage) -> AsyncIterator[None]:
        self.clock = MovableClock()
        self.storage = storage
        self.trusted = RevocableTokens()
        async with open_passwords(CHEAP) as passwords:
            self.passwords = Mock(spec=Passwords, wraps=passwords)
            self.service = self.service_with(self.passwords)
            self.user = await self.register(ADA)
            yield

    def service_with(self, passwords: Passwords) -> AccountService:
        access_tokens = AccessTokens(
            signing_keys({}, Secret("a secret of the service's, long enough")),
            self.clock,
            issuer="service",
            audience="service",
            lifetime=600,
        )
        limits = LogInLimits(
            MemoryThrottle(self.clock),
            known_networks(self.storage, self.clock, known_for=timedelta(seconds=1000)),
            for_account=Allowance(attempts=3, seconds=1000),
            for_network=Allowance(attempts=100, seconds=1000),
            from_unknown=Allowance(attempts=20, seconds=1000),
            to_register=Allowance(attempts=5, seconds=1000),
        )
        begin = self.storage.unit_of_work
        sessions = SessionService(
            begin,
            access_tokens,
            self.trusted,
            self.clock,
            lifetime=LIFETIME,
        )
        accounts = self.storage.accounts
        return AccountService(
            accounts,
            begin,
            passwords,
            limits,
            sessions,
            min_password_length=12,
        )

    async def register(self, email: str, password: str = PASSWORD) -> User:
        registration = RegistrationService(
            self.storage.users,
            self.storage.unit_of_work,
            self.clock,
            Mock(spec=StatisticsService),
            self.service,
        )
        details = UserDetails(email=email, name="Ada")
        answer = await registration.register_with_password(details, password, HOME)
        return answer.result

    async def log_in(self, email: str = ADA, password: str = PASSWORD) -> Tokens:
        return await self.service.log_in(email, password, HOME)

    async def deactivate(self) -> None:
        async with self.storage.unit_of_work() as work:
            await work.users.update(self.user.deactivated(at=self.clock.now()))
            await work.commit()

    async def account(self) -> Account:
        account = await self.storage.accounts.get_account(self.user.id)
        assert account is not None
        return account

    async def change_password(
        self,
        current: str,
        chosen: str = OTHER_PASSWORD,
    ) -> Tokens:
        return await self.service.change_password(self.user.id, current, chosen, HOME)

    async def leave(self, way: str, tokens: Tokens) -> None:
        """Have tokens of Ada's be worth nothing."""
        if way == "log out":
            await self.service.sessions.log_out(tokens.refresh_token)
        elif way == "change password":
            await self.change_password(PASSWORD)
        else:
            await self.service.sessions.refresh(tokens.refresh_token)
            await self.assert_refused(tokens.refresh_token)

    def caller_with(self, tokens: Tokens) -> Caller:
        return Caller(
            user_id=self.user.id,
            scopes=frozenset(),
            session_id=str(family_of(tokens)),
        )

    async def assert_refused(self, refresh_token: str) -> None:
        with pytest.raises(RefreshTokenRefused):
            await self.service.sessions.refresh(refresh_token)

    async def test_who_registers_has_an_account_and_no_rights(self) -> None:
        account = await self.account()

        assert PASSWORD not in account.password_hash
        assert not account.is_administrator

    async def test_a_second_registration_changes_no_password(self) -> None:
        before = await self.account()

        with pytest.raises(EmailTaken):
            await self.register(ADA, OTHER_PASSWORD)

        assert await self.account() == before

    async def test_too_many_registrations_are_refused_before_anything_is_hashed(
        self,
    ) -> None:
        for number in range(4):
            await self.register(f"{number}@example.com")

        with pytest.raises(TooManyAttempts):
            await self.register("one-too-many@example.com")

        assert self.passwords.hash.await_count == 5  # Ada's as well
        assert await self.log_in()

    async def test_nobody_is_registered_with_a_short_password(self) -> None:
        with pytest.raises(InvalidDetails):
            await self.register("b@example.com", "short")

        assert await self.storage.accounts.find_account("b@example.com") is None

    async def test_the_right_password_logs_in_whatever_the_letter_case_of_the_address(
        self,
    ) -> None:
        tokens = await self.log_in(" ADA@Example.com")

        assert tokens.access_token
        assert tokens.expires_in == 600

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            (ADA, OTHER_PASSWORD),
            (ADA, ""),
            (ADA, PASSWORD.upper()),
            (ADA, PASSWORD + "x" * 10_000),
            (ADA, "\ud800"),
            ("eve@example.com", PASSWORD),
            ("eve@example.com", ""),
            ("", PASSWORD),
            ("no address", PASSWORD),
            ("\0@\ud800", PASSWORD),
        ],
    )
    async def test_all_who_may_not_log_in_are_answered_alike_at_the_same_cost(
        self,
        email: str,
        password: str,
    ) -> None:
        with pytest.raises(WrongCredentials) as caught:
            await self.log_in(email, password)

        assert str(caught.value) == "The address or the password is wrong."
        assert self.passwords.verify.await_count == 1

    async def test_a_deactivated_user_is_answered_like_anybody_at_the_same_cost(
        self,
    ) -> None:
        await self.deactivate()

        with pytest.raises(WrongCredentials):
            await self.log_in()

        assert self.passwords.verify.await_count == 1

    async def test_too_many_attempts_are_refused_before_anything_is_compared(
        self,
    ) -> None:
        for _ in range(3):
            with pytest.raises(WrongCredentials):
                await self.log_in(password=OTHER_PASSWORD)

        with pytest.raises(TooManyAttempts):
            await self.log_in()

        assert self.passwords.verify.await_count == 3

    async def test_attempts_from_elsewhere_do_not_keep_the_owner_out(self) -> None:
        for _ in range(5):
            with pytest.raises((WrongCredentials, TooManyAttempts)):
                await self.service.log_in(ADA, OTHER_PASSWORD, ELSEWHERE)

        assert await self.log_in()

    async def test_logging_in_often_is_no_attempt_too_many(self) -> None:
        for _ in range(5):
            await self.log_in()

    async def test_a_password_hashed_in_another_way_is_hashed_anew_and_stays_the_same(
        self,
    ) -> None:
        costlier = CHEAP.model_copy(update={"passes": 2})
        tokens = await self.log_in()
        async with open_passwords(costlier) as passwords:
            await self.service_with(passwords).log_in(ADA, PASSWORD, HOME)

            account = await self.account()
            assert ",t=2," in account.password_hash
            assert account.password_version == 1
            assert await self.service.sessions.refresh(tokens.refresh_token)

    async def test_a_refresh_token_is_good_for_the_next_one(self) -> None:
        tokens = await self.log_in()

        for _ in range(3):
            tokens = await self.service.sessions.refresh(tokens.refresh_token)

    async def test_a_refresh_token_used_twice_ends_its_family(self) -> None:
        stolen = await self.log_in()
        other = await self.log_in()
        latest = await self.service.sessions.refresh(stolen.refresh_token)

        await self.assert_refused(stolen.refresh_token)

        await self.assert_refused(latest.refresh_token)
        assert await self.service.sessions.refresh(other.refresh_token)

    async def test_of_many_uses_of_one_token_at_once_one_succeeds(self) -> None:
        tokens = await self.log_in()

        outcomes = await asyncio.gather(
            *(self.service.sessions.refresh(tokens.refresh_token) for _ in range(8)),
            return_exceptions=True,
        )

        succeeded = [outcome for outcome in outcomes if isinstance(outcome, Tokens)]
        assert len(succeeded) == 1
        await self.assert_refused(succeeded[0].refresh_token)

    @pytest.mark.parametrize("text", ["", "x", f"{'a' * 43}.{'b' * 43}", "é" * 87])
    async def test_an_invented_refresh_token_is_refused(self, text: str) -> None:
        await self.assert_refused(text)

    async def test_an_access_token_is_no_refresh_token(self) -> None:
        tokens = await self.log_in()

        await self.assert_refused(tokens.access_token)

    async def test_a_refresh_token_expires_and_each_use_puts_that_off(self) -> None:
        unused, used = await self.log_in(), await self.log_in()

        self.clock.go_on(LIFETIME - 100)
        used = await self.service.sessions.refresh(used.refresh_token)
        self.clock.go_on(200)

        await self.assert_refused(unused.refresh_token)
        assert await self.service.sessions.refresh(used.refresh_token)

    async def test_what_has_expired_is_forgotten_with_the_next_log_in(self) -> None:
        family_id = family_of(await self.log_in())
        self.clock.go_on(LIFETIME)

        await self.log_in()

        assert await self.storage.accounts.get_family(family_id) is None

    async def test_logging_out_ends_one_log_in(self) -> None:
        here, there = await self.log_in(), await self.log_in()

        await self.service.sessions.log_out(here.refresh_token)

        await self.assert_refused(here.refresh_token)
        assert await self.service.sessions.refresh(there.refresh_token)

    async def test_logging_out_again_or_with_nothing_is_no_error(self) -> None:
        tokens = await self.log_in()

        for token in (tokens.refresh_token, tokens.refresh_token, "nothing"):
            await self.service.sessions.log_out(token)

    async def test_a_deactivated_user_stays_in_no_longer(self) -> None:
        tokens = await self.log_in()
        await self.deactivate()

        await self.assert_refused(tokens.refresh_token)

    async def test_a_new_password_counts_everywhere_at_once(self) -> None:
        tokens = await self.log_in()

        new = await self.change_password(PASSWORD)

        await self.assert_refused(tokens.refresh_token)
        assert await self.service.sessions.refresh(new.refresh_token)
        with pytest.raises(WrongCredentials):
            await self.log_in(password=PASSWORD)
        assert await self.log_in(password=OTHER_PASSWORD)

    async def test_only_who_knows_the_password_changes_it(self) -> None:
        before = await self.account()

        for _ in range(3):
            with pytest.raises(WrongPassword):
                await self.change_password("not the password")
        with pytest.raises(TooManyAttempts):
            await self.change_password(PASSWORD)

        assert await self.account() == before

    async def test_a_password_that_is_too_short_changes_nothing(self) -> None:
        before = await self.account()

        with pytest.raises(InvalidDetails):
            await self.change_password(PASSWORD, "short")

        assert await self.account() == before

    async def test_of_two_changes_of_a_password_at_once_one_succeeds(self) -> None:
        both_have_compared = asyncio.Barrier(2)

        async def hash_after_both(_password: str) -> object:
            await both_have_compared.wait()
            return DEFAULT

        self.passwords.hash.side_effect = hash_after_both

        outcomes = await asyncio.gather(
            self.change_password(PASSWORD, "the first one of two"),
            self.change_password(PASSWORD, "the second one of two"),
            return_exceptions=True,
        )

        assert sorted(map(type, outcomes), key=str) == sorted(
            [Tokens, ConcurrentChange],
            key=str,
        )

    @pytest.mark.parametrize("way", WAYS_OUT)
    async def test_tokens_that_are_worth_nothing_are_not_trusted_any_more(
        self,
        way: str,
    ) -> None:
        tokens = await self.log_in()
        caller = self.caller_with(tokens)
        stranger = Caller(user_id=uuid4(), scopes=frozenset(), session_id=str(uuid4()))
        self.trusted.add("ada's", VerifiedToken(caller, expires_at=2e9))
        self.trusted.add("stranger's", VerifiedToken(stranger, expires_at=2e9))

        await self.leave(way, tokens)

        assert self.trusted.get("ada's") is None
        assert self.trusted.get("stranger's") == stranger

    @pytest.mark.parametrize("way", WAYS_OUT)
    async def test_a_token_that_is_taken_back_while_it_is_checked_is_not_trusted(
        self,
        way: str,
    ) -> None:
        tokens = await self.log_in()

        async def verify(_token: str) -> VerifiedToken:
            verified = VerifiedToken(self.caller_with(tokens), expires_at=2e9)
            await self.leave(way, tokens)
            return verified

        verifier = Mock(spec=TokenVerifier)
        verifier.verify.side_effect = verify
        await AuthenticationService(verifier, self.trusted).authenticate("ada's")

        assert self.trusted.get("ada's") is None
