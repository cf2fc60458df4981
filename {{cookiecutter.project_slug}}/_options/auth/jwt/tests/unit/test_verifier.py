"""Which access tokens are good, with storage replaced."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import Mock
from uuid import UUID, uuid4

import jwt
import pytest
from pydantic import Secret

from app.core.clock import SystemClock
from app.core.ids import new_id
from app.core.security.access_tokens import AccessTokens, signing_keys
from app.models.account import Account, TokenFamily
from app.models.caller import SCOPES
from app.repositories.interfaces.accounts import AccountRepository
from app.services.tokens import InvalidToken
from app.services.verifier import SessionVerifier
from tests.accounts import HASH, auth_settings

SETTINGS = auth_settings(
    keys={name: Secret(name * 32) for name in ("now", "before")},
    issuer="issuer",
    audience="service",
)
KEYS = signing_keys(SETTINGS.keys, Secret("not needed"))
SECRET = b"now" * 32
ALGORITHM = "HS256"


class TestSessionVerifier:
    """Ada is logged in; her token is `self.token`, and what it says `self.claims`."""

    @pytest.fixture(autouse=True)
    def arrange(self) -> None:
        self.clock = SystemClock()
        self.user_id = uuid4()
        now = self.clock.now()
        self.account = Account(user_id=self.user_id, password_hash=HASH)
        self.family = TokenFamily(
            id=new_id(now),
            user_id=self.user_id,
            family_digest=bytes(32),
            token_digest=bytes(32),
            password_version=1,
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )
        self.accounts = {self.user_id: self.account}
        self.families = {self.family.id: self.family}
        self.token = self.issue(self.user_id, self.family.id)
        self.claims = jwt.decode(self.token, options={"verify_signature": False})
        self.header = jwt.get_unverified_header(self.token)
        accounts = Mock(spec=AccountRepository)
        accounts.get_account.side_effect = self.accounts.get
        accounts.get_family.side_effect = self.families.get
        self.verifier = SessionVerifier(KEYS, SETTINGS, accounts, self.clock)

    def issue(self, user_id: UUID, session_id: UUID) -> str:
        tokens = AccessTokens(
            KEYS,
            self.clock,
            issuer="issuer",
            audience="service",
            lifetime=600,
        )
        return tokens.issue(user_id, session_id)

    def forge(self, claims: dict[str, object], **header: object) -> str:
        """Return a token that says something else, signed with the right key."""
        headers = {**self.header, **header}
        return jwt.encode(claims, SECRET, ALGORITHM, headers=headers)

    async def assert_refused(self, token: str) -> None:
        with pytest.raises(InvalidToken):
            await self.verifier.verify(token)

    async def test_a_good_token_tells_who_calls(self) -> None:
        verified = await self.verifier.verify(self.token)

        assert verified.caller.user_id == self.user_id
        assert verified.caller.session_id == str(self.family.id)
        assert verified.caller.scopes == SCOPES
        assert not verified.caller.is_administrator
        assert verified.expires_at == self.claims["exp"]

    async def test_a_token_says_nothing_that_it_need_not(self) -> None:
        assert self.claims.keys() == {"iss", "aud", "sub", "sid", "jti", "iat", "exp"}
        assert self.header == {"alg": "HS256", "typ": "at+jwt", "kid": "now"}
        assert self.claims["exp"] - self.claims["iat"] == 600

    async def test_no_two_tokens_are_alike(self) -> None:
        assert self.issue(self.user_id, self.family.id) != self.token

    async def test_an_administrator_is_one_as_storage_says_now(self) -> None:
        self.accounts[self.user_id] = self.account.with_role(administrator=True)

        assert (await self.verifier.verify(self.token)).caller.is_administrator

    async def test_a_key_that_no_longer_signs_still_verifies(self) -> None:
        token = jwt.encode(
            self.claims,
            b"before" * 32,
            ALGORITHM,
            headers={**self.header, "kid": "before"},
        )

        assert (await self.verifier.verify(token)).caller.user_id == self.user_id

    @pytest.mark.parametrize("key_id", ["before", "unknown", "", "../now", None, 7])
    async def test_a_key_signs_only_under_its_own_id(self, key_id: object) -> None:
        headers = {"typ": "at+jwt", "kid": key_id}
        if not isinstance(key_id, str):
            del headers["kid"]

        await self.assert_refused(
            jwt.encode(self.claims, SECRET, ALGORITHM, headers=headers),
        )

    @pytest.mark.parametrize("kind", ["JWT", "rt+jwt", "", "at+jwt2"])
    async def test_another_type_of_token_is_refused(self, kind: str) -> None:
        await self.assert_refused(self.forge(self.claims, typ=kind))

    @pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
    async def test_another_algorithm_is_refused(self, algorithm: str) -> None:
        await self.assert_refused(
            jwt.encode(self.claims, SECRET, algorithm, headers={"kid": "now"}),
        )

    @pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "jti", "iat", "exp"])
    async def test_a_token_that_lacks_a_claim_is_refused(self, claim: str) -> None:
        del self.claims[claim]

        await self.assert_refused(self.forge(self.claims))

    @pytest.mark.parametrize(
        ("claim", "value"),
        [
            ("iss", "somebody"),
            ("aud", "another-service"),
            ("aud", []),
            ("sub", "ada@example.com"),
            ("sub", ""),
            ("sub", 17),
            ("sub", str(UUID(int=1))),
            ("sid", "1"),
            ("sid", None),
            ("sid", str(UUID(int=1))),
            ("jti", 17),
            ("iat", 33_333_333_333),
            ("exp", 1),
            ("exp", "soon"),
        ],
    )
    async def test_a_token_that_says_something_else_is_refused(
        self,
        claim: str,
        value: object,
    ) -> None:
        await self.assert_refused(self.forge({**self.claims, claim: value}))

    @pytest.mark.parametrize("claim", ["sub", "sid"])
    async def test_an_id_is_written_in_one_way(self, claim: str) -> None:
        other = self.claims[claim].replace("-", "")

        await self.assert_refused(self.forge({**self.claims, claim: other}))

    async def test_a_token_for_somebody_elses_session_is_refused(self) -> None:
        other = uuid4()
        self.accounts[other] = replace(self.account, user_id=other)

        await self.assert_refused(self.issue(other, self.family.id))

    async def test_a_session_that_is_over_lets_nobody_in(self) -> None:
        self.families[self.family.id] = replace(self.family, ended_at=self.clock.now())

        await self.assert_refused(self.token)

    async def test_a_user_without_an_active_account_is_nobody(self) -> None:
        del self.accounts[self.user_id]

        await self.assert_refused(self.token)

    async def test_a_session_of_an_earlier_password_lets_nobody_in(self) -> None:
        self.accounts[self.user_id] = self.account.with_password(HASH)

        await self.assert_refused(self.token)


def test_without_keys_one_is_derived_from_the_secret_of_the_service() -> None:
    def derived(secret: str) -> object:
        [(key_id, key)] = signing_keys({}, Secret(secret)).items()
        assert key_id == "secret-key"
        return key.key

    assert derived("a" * 32) == derived("a" * 32) != derived("b" * 32)
    assert derived("a" * 32) != b"a" * 32
