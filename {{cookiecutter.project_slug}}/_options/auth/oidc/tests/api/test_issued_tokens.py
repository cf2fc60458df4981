"""Tokens of the issuer, and who their bearers are here."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from app.core.security.settings import AuthSettings
from app.core.settings import Settings
from app.services.verifier import user_id_of
from tests.api.clients import registration
from tests.api.identity import Identity
from tests.issuer import AUDIENCE, Issuer, shared_issuer, spare_issuer

USERS = "/api/v1/users"


class TestCallers:
    """Who is who, and who registers whom."""

    async def test_callers_register_themselves_under_an_id_that_is_always_theirs(
        self,
        client: httpx2.AsyncClient,
    ) -> None:
        ada = Identity(shared_issuer().token(sub="ada"))

        response = await client.post(USERS, json=registration(), headers=ada.headers)

        assert response.status_code == 201
        assert response.json()["id"] == str(user_id_of("ada", shared_issuer().address))
        later = Identity(shared_issuer().token("RS256", sub="ada"))
        read = await client.get(response.headers["location"], headers=later.headers)
        assert read.json() == response.json()

    async def test_callers_register_once(self, client: httpx2.AsyncClient) -> None:
        ada = Identity(shared_issuer().token(sub="ada"))
        await client.post(USERS, json=registration(), headers=ada.headers)

        for body in [registration(), registration("other@example.com")]:
            refused = await client.post(USERS, json=body, headers=ada.headers)

            assert refused.status_code == 409
            assert refused.json()["type"] == "urn:problem-type:user-exists"

    async def test_an_idempotency_key_is_of_use_only_to_whom_it_belongs(
        self,
        client: httpx2.AsyncClient,
    ) -> None:
        key = {"Idempotency-Key": "the-same"}
        ada = Identity(shared_issuer().token(sub="ada")).headers | key
        bob = Identity(shared_issuer().token(sub="bob")).headers | key

        first = await client.post(USERS, json=registration(), headers=ada)
        again = await client.post(USERS, json=registration(), headers=ada)
        others = await client.post(USERS, json=registration(), headers=bob)

        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json() == first.json()
        assert others.status_code == 409
        assert others.json()["type"] == "urn:problem-type:email-taken"

    async def test_of_many_registrations_of_oneself_at_once_one_succeeds(
        self,
        client: httpx2.AsyncClient,
    ) -> None:
        ada = Identity(shared_issuer().token(sub="ada"))

        responses = await asyncio.gather(
            *(
                client.post(
                    USERS,
                    json=registration(f"{number}@example.com"),
                    headers=ada.headers,
                )
                for number in range(10)
            ),
        )

        statuses = [response.status_code for response in responses]
        assert sorted(statuses) == [201] + [409] * 9

    async def test_an_address_of_somebody_else_is_still_taken(
        self,
        client: httpx2.AsyncClient,
    ) -> None:
        ada = Identity(shared_issuer().token(sub="ada"))
        bob = Identity(shared_issuer().token(sub="bob"))
        await client.post(USERS, json=registration(), headers=ada.headers)

        response = await client.post(USERS, json=registration(), headers=bob.headers)

        assert response.status_code == 409
        assert response.json()["type"] == "urn:problem-type:email-taken"

    async def test_administrators_register_others_each_under_an_id_of_its_own(
        self,
        client: httpx2.AsyncClient,
    ) -> None:
        bodies = [registration("ada@example.com"), registration("bob@example.com")]

        responses = [await client.post(USERS, json=body) for body in bodies]

        ids = {UUID(response.json()["id"]).version for response in responses}
        assert [response.status_code for response in responses] == [201, 201]
        assert ids == {7}

    async def test_who_is_not_registered_is_not_found(
        self,
        client: httpx2.AsyncClient,
    ) -> None:
        ada = Identity(shared_issuer().token(sub="ada"))
        own_id = user_id_of("ada", shared_issuer().address)

        response = await client.get(f"{USERS}/{own_id}", headers=ada.headers)

        assert response.status_code == 404


class TestOtherSettings:
    """Some issuers do it in their own way."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        auth = AuthSettings(
            issuer=shared_issuer().address,
            audience=AUDIENCE,
            token_type="JWT",  # noqa: S106 - no secret
            algorithms=("RS256",),
            administrator_scope="root",
            roles_claim="https://example.com/roles",
        )
        return settings.model_copy(update={"auth": auth})

    @pytest.mark.parametrize(
        ("algorithm", "header", "claims", "status"),
        [
            ("RS256", {"typ": "JWT"}, {"scope": "users:read root"}, 200),
            ("RS256", {"typ": "jwt"}, {"https://example.com/roles": ["root"]}, 200),
            ("RS256", {"typ": "JWT"}, {"scope": "users:read users:admin"}, 403),
            ("RS256", {"typ": "at+jwt"}, {"scope": "users:read root"}, 401),
            ("ES256", {"typ": "JWT"}, {"scope": "users:read root"}, 401),
        ],
    )
    async def test_what_is_set_is_what_counts(
        self,
        client: httpx2.AsyncClient,
        algorithm: str,
        header: dict[str, str],
        claims: dict[str, Any],
        status: int,
    ) -> None:
        token = shared_issuer().token(algorithm, header, **claims)

        response = await client.get(USERS, headers=Identity(token).headers)

        assert response.status_code == status, response.text


class TestOutage:
    """The issuer is out of reach for a while."""

    @pytest.fixture
    def issuer(self) -> Issuer:
        return spare_issuer()

    @pytest.fixture
    def settings(self, issuer: Issuer, settings: Settings) -> Settings:
        auth = AuthSettings(
            issuer=issuer.address,
            audience=AUDIENCE,
            deadline=0.5,
            keys_pause=0,
        )
        return settings.model_copy(update={"auth": auth})

    async def test_tokens_are_503_until_there_are_keys_and_good_when_they_are_known(
        self,
        client: httpx2.AsyncClient,
        issuer: Issuer,
    ) -> None:
        path = f"{USERS}/{uuid4()}"
        first = Identity(issuer.token())
        issuer.kill()

        unknown = await client.get(path, headers=first.headers)
        issuer.start()
        ada, bob = (Identity(issuer.token(sub=name)) for name in ("ada", "bob"))
        up = await client.get(path, headers=ada.headers)
        issuer.kill()
        down = await client.get(path, headers=bob.headers)

        assert unknown.status_code == 503
        assert unknown.headers["retry-after"]
        assert unknown.json()["dependencies"] == ["issuer"]
        assert (up.status_code, down.status_code) == (404, 404)

    async def test_without_a_token_it_is_401_whether_the_issuer_is_up_or_not(
        self,
        client: httpx2.AsyncClient,
        issuer: Issuer,
    ) -> None:
        issuer.kill()

        response = await client.get(USERS, headers={"Authorization": ""})

        assert response.status_code == 401

    async def test_without_the_issuer_the_service_is_degraded_and_ready(
        self,
        client: httpx2.AsyncClient,
        issuer: Issuer,
    ) -> None:
        issuer.kill()

        response = await client.get("/readyz")

        assert (response.status_code, response.json()["status"]) == (200, "degraded")
        found = response.json()["checks"]["issuer"]
        assert (found["status"], found["required"]) == ("down", False)
        assert found["reason"] == "IssuerUnavailable"

    async def test_new_keys_are_accepted_and_old_ones_are_not(
        self,
        client: httpx2.AsyncClient,
        issuer: Issuer,
    ) -> None:
        path = f"{USERS}/{uuid4()}"
        old = [Identity(issuer.token(sub=name)) for name in ("ada", "bob")]
        before = await client.get(path, headers=old[0].headers)

        issuer.change_keys()
        new = Identity(issuer.token(sub="ada"))
        after = await client.get(path, headers=new.headers)
        outdated = await client.get(path, headers=old[1].headers)

        assert (before.status_code, after.status_code) == (404, 404)
        assert outdated.status_code == 401
