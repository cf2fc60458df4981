"""Tokens that were good a moment ago."""

from unittest.mock import Mock
from uuid import uuid4

import pytest

from app.core.errors import DependencyUnavailable
from app.core.security.errors import NotAuthenticated
from app.models.caller import Caller
from app.services.authentication import (
    MAX_TRUSTED,
    TRUST_SECONDS,
    AuthenticationService,
    TrustedTokens,
)
from app.services.tokens import InvalidToken, TokenVerifier, VerifiedToken

NOW = 1_000_000.0


def _caller() -> Caller:
    return Caller(user_id=uuid4(), scopes=frozenset())


class TestAuthenticationService:
    """A verifier that does what a test tells it, and a time that tests move on."""

    @pytest.fixture(autouse=True)
    def arrange(self) -> None:
        self.now = self.monotonic = NOW
        self.caller = _caller()
        self.verifier = Mock(spec=TokenVerifier)
        self.verifier.verify.return_value = VerifiedToken(self.caller, NOW + 600)
        self.trusted = TrustedTokens(lambda: self.now, lambda: self.monotonic)
        self.service = AuthenticationService(self.verifier, self.trusted)

    def go_on_to(self, now: float) -> None:
        self.now = self.monotonic = now

    async def test_no_token_is_nobodys(self) -> None:
        with pytest.raises(NotAuthenticated) as caught:
            await self.service.authenticate(None)

        assert not caught.value.token_given
        self.verifier.verify.assert_not_awaited()

    async def test_a_bad_token_is_checked_each_time(self) -> None:
        self.verifier.verify.side_effect = InvalidToken("forged")

        for _ in range(2):
            with pytest.raises(NotAuthenticated) as caught:
                await self.service.authenticate("token")

        assert caught.value.token_given
        assert "forged" not in str(caught.value)
        assert self.verifier.verify.await_count == 2

    async def test_a_good_token_is_not_checked_again_for_a_while(self) -> None:
        for seconds in (0, TRUST_SECONDS - 1):
            self.go_on_to(NOW + seconds)
            assert await self.service.authenticate("token") is self.caller
        assert self.verifier.verify.await_count == 1

        self.go_on_to(NOW + TRUST_SECONDS)
        assert await self.service.authenticate("token") is self.caller
        assert self.verifier.verify.await_count == 2

    async def test_a_token_is_not_trusted_beyond_its_end(self) -> None:
        self.verifier.verify.return_value = VerifiedToken(self.caller, NOW + 5)
        await self.service.authenticate("token")
        self.verifier.verify.side_effect = InvalidToken("expired")

        self.go_on_to(NOW + 5)
        with pytest.raises(NotAuthenticated):
            await self.service.authenticate("token")

    async def test_clock_set_back_does_not_prolong_trust(self) -> None:
        await self.service.authenticate("token")
        self.verifier.verify.side_effect = InvalidToken("logged out")

        self.now -= 3600
        self.monotonic += TRUST_SECONDS
        with pytest.raises(NotAuthenticated):
            await self.service.authenticate("token")

    async def test_clock_set_back_before_a_token_is_seen_does_not_prolong_trust(
        self,
    ) -> None:
        self.now -= 3600
        await self.service.authenticate("token")
        self.verifier.verify.side_effect = InvalidToken("logged out")

        self.monotonic += TRUST_SECONDS
        with pytest.raises(NotAuthenticated):
            await self.service.authenticate("token")

    async def test_another_token_is_another_token(self) -> None:
        await self.service.authenticate("token")
        self.verifier.verify.side_effect = InvalidToken("forged")

        for other in ["Token", "token ", "tokentoken", ""]:
            with pytest.raises(NotAuthenticated):
                await self.service.authenticate(other)

    async def test_what_cannot_be_told_is_said_so(self) -> None:
        self.verifier.verify.side_effect = DependencyUnavailable("issuer")

        with pytest.raises(DependencyUnavailable):
            await self.service.authenticate("token")


def test_only_so_many_tokens_are_remembered() -> None:
    trusted = TrustedTokens(lambda: NOW, lambda: NOW)
    for number in range(MAX_TRUSTED + 1):
        trusted.add(str(number), VerifiedToken(_caller(), NOW + 600))

    assert trusted.get("0") is None
    assert trusted.get("1") is not None
    assert trusted.get(str(MAX_TRUSTED)) is not None


def test_no_token_is_kept_itself() -> None:
    trusted = TrustedTokens(lambda: NOW, lambda: NOW)

    trusted.add("the token", VerifiedToken(_caller(), NOW + 600))

    assert "the token" not in repr(vars(trusted))
