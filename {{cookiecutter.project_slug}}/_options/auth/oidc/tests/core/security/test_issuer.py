"""The issuer's keys: asked for rarely, kept while they may be, from a real issuer."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import jwt
import pytest
from structlog.testing import capture_logs

from app.core.security.issuer import (
    MAX_DOCUMENT_BYTES,
    IssuerKeys,
    IssuerUnavailable,
    open_issuer_keys,
)
from app.core.security.settings import AuthSettings
from tests.issuer import AUDIENCE, Issuer, spare_issuer

LIFETIME = 300
MAX_AGE = 3000
PAUSE = 5


class Time:
    """Stands still until it is moved on."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def issuer() -> Issuer:
    return spare_issuer()


@pytest.fixture
def settings(issuer: Issuer) -> AuthSettings:
    return AuthSettings(
        issuer=issuer.address,
        audience=AUDIENCE,
        deadline=0.5,
        keys_lifetime=LIFETIME,
        keys_max_age=MAX_AGE,
        keys_pause=PAUSE,
    )


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def keys(settings: AuthSettings, time: Time) -> AsyncIterator[IssuerKeys]:
    async with open_issuer_keys(settings, time) as keys:
        yield keys


def _id(issuer: Issuer, algorithm: str = "ES256") -> str:
    """Return the id of the key that an issuer signs with."""
    return str(jwt.get_unverified_header(issuer.token(algorithm))["kid"])


async def test_nothing_is_fetched_before_it_is_needed(settings: AuthSettings) -> None:
    unreachable = settings.model_copy(update={"issuer": "http://127.0.0.1:1"})

    async with open_issuer_keys(unreachable):
        pass


async def test_many_who_ask_at_once_make_one_fetch(
    issuer: Issuer,
    keys: IssuerKeys,
) -> None:
    before, key_id = issuer.times_asked(), _id(issuer)

    found = await asyncio.gather(*(keys.find(key_id, "ES256") for _ in range(200)))

    assert all(found)
    assert issuer.times_asked() == before + 1


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_key_is_found_for_the_algorithms_of_its_kind_alone(
    issuer: Issuer,
    keys: IssuerKeys,
    algorithm: str,
) -> None:
    key_id = _id(issuer, algorithm)

    key = await keys.find(key_id, algorithm)

    assert key is not None
    assert key.algorithm_name == algorithm
    assert await keys.find(key_id, "HS256") is None
    assert await keys.find(key_id, "RS512") is None


async def test_new_keys_are_found_when_the_first_token_comes_that_needs_them(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    old = _id(issuer)
    assert await keys.find(old, "ES256")
    issuer.change_keys()
    time.pass_by(PAUSE)

    assert await keys.find(_id(issuer), "ES256")
    assert await keys.find(old, "ES256") is None


async def test_unknown_keys_do_not_make_us_ask_again_and_again(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    await keys.find(_id(issuer), "ES256")
    before = issuer.times_asked()

    for number in range(20):
        assert await keys.find(f"invented {number}", "ES256") is None
    assert issuer.times_asked() == before

    time.pass_by(PAUSE)
    for number in range(20):
        assert await keys.find(f"invented {number}", "ES256") is None
    assert issuer.times_asked() == before + 1


async def test_keys_are_fetched_anew_while_the_old_ones_are_used(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    old = _id(issuer)
    await keys.find(old, "ES256")
    issuer.change_keys()
    issuer.misbehave(delay=0.1)  # of each of two requests
    time.pass_by(LIFETIME)

    async with asyncio.timeout(0.15):
        assert await keys.find(old, "ES256")

    assert await keys.find(_id(issuer), "ES256")
    assert await keys.find(old, "ES256") is None


async def test_who_gives_up_takes_nothing_from_the_others(
    issuer: Issuer,
    keys: IssuerKeys,
) -> None:
    key_id = _id(issuer)
    issuer.misbehave(delay=0.1)
    impatient = asyncio.create_task(keys.find(key_id, "ES256"))
    patient = asyncio.create_task(keys.find(key_id, "ES256"))
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient
    assert impatient.cancelled()


async def test_without_the_issuer_the_last_good_keys_are_used_for_a_while(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    key_id = _id(issuer)
    await keys.find(key_id, "ES256")
    issuer.kill()

    time.pass_by(MAX_AGE - 1)
    assert await keys.find(key_id, "ES256")
    with pytest.raises(IssuerUnavailable):
        await keys.find("perhaps a new one", "ES256")

    time.pass_by(1)
    with pytest.raises(IssuerUnavailable):
        await keys.find(key_id, "ES256")


async def test_an_issuer_that_is_back_is_noticed(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    issuer.kill()
    with pytest.raises(IssuerUnavailable):
        await keys.find("any", "ES256")
    issuer.start()

    with pytest.raises(IssuerUnavailable):
        await keys.find(_id(issuer), "ES256")
    time.pass_by(PAUSE)
    assert await keys.find(_id(issuer), "ES256")


async def test_asking_how_the_issuer_is_asks_it_only_for_keys_that_are_not_fresh(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    before = issuer.times_asked()

    for times, seconds in [(1, 0), (1, LIFETIME - 1), (2, 1), (2, LIFETIME - 1)]:
        time.pass_by(seconds)
        await keys.check()
        assert issuer.times_asked() == before + times


async def test_how_the_issuer_is_says_the_last_attempt_to_fetch_keys(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    await keys.check()
    issuer.kill()
    time.pass_by(PAUSE)
    with pytest.raises(IssuerUnavailable):
        await keys.find("perhaps a new one", "ES256")

    with pytest.raises(IssuerUnavailable):
        await keys.check()

    issuer.start()
    time.pass_by(PAUSE)
    await keys.check()


async def test_an_issuer_that_takes_too_long_is_none(
    issuer: Issuer,
    keys: IssuerKeys,
) -> None:
    issuer.misbehave(delay=5)

    async with asyncio.timeout(4):
        with pytest.raises(IssuerUnavailable):
            await keys.find("any", "ES256")


RSA = {"kty": "RSA", "kid": "any", "n": "AQAB", "e": "AQAB"}

MISBEHAVIOUR: dict[str, dict[str, Any]] = {
    "an error": {"status": 500},
    "a redirect": {"status": 302},
    "no JSON": {"text": "<html>"},
    "no object": {"text": "[]"},
    "too deep": {"text": "[" * 100_000},
    "too much": {"text": json.dumps({"padding": "x" * MAX_DOCUMENT_BYTES})},
    "another issuer": {"discovery": {"issuer": "http://other", "jwks_uri": "http://x"}},
    "nothing": {"discovery": {}},
    "no keys at all": {"keys": []},
    "keys that are none": {"keys": [None, 7, "key", [], {}]},
    "a key without an id": {"keys": [{**RSA, "kid": None}]},
    "a key for something else": {"keys": [{**RSA, "use": "enc"}]},
    "a key for another algorithm": {"keys": [{**RSA, "alg": "RSA-OAEP"}]},
    "a private key": {"keys": [{**RSA, "d": "AQAB"}]},
    "a shared secret": {"keys": [{"kty": "oct", "kid": "any", "k": "c2VjcmV0"}]},
    "a key of numbers": {"keys": [{"kty": "RSA", "kid": "any", "n": 7, "e": 3}]},
    "half a key": {"keys": [{"kty": "EC", "kid": "any", "crv": "P-256", "x": "AA"}]},
    "a point off the curve": {
        "keys": [
            {"kty": "EC", "kid": "any", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        ],
    },
}


async def test_an_issuer_that_answers_anything_else_changes_nothing(
    issuer: Issuer,
    keys: IssuerKeys,
    time: Time,
) -> None:
    key_id = _id(issuer)
    await keys.find(key_id, "ES256")

    for fault, how in MISBEHAVIOUR.items():
        issuer.misbehave(**how)
        time.pass_by(PAUSE)
        with capture_logs() as logs, pytest.raises(IssuerUnavailable):
            await keys.find("any", "RS256")

        assert [event["event"] for event in logs] == ["issuer_unavailable"], fault
        assert await keys.find(key_id, "ES256"), fault


@pytest.mark.parametrize(
    "address",
    ["http://", "http://[", "http://\0", "http://a b/", "http://127.0.0.1:99999/"],
)
async def test_an_address_that_is_none_has_no_keys(
    issuer: Issuer,
    keys: IssuerKeys,
    address: str,
) -> None:
    issuer.misbehave(discovery={"issuer": issuer.address, "jwks_uri": address})

    with pytest.raises(IssuerUnavailable):
        await keys.find("any", "ES256")


async def _sent(document: object) -> AsyncIterator[bytes]:
    yield json.dumps(document).encode()


@pytest.mark.parametrize(
    ("issuer_address", "keys_address", "is_accepted"),
    [
        ("https://issuer.example.com", "https://keys.example.com/", True),
        ("https://issuer.example.com/", "https://keys.example.com/", True),
        ("https://issuer.example.com", "http://keys.example.com/", False),
        ("https://issuer.example.com", "file:///etc/passwd", False),
        ("https://issuer.example.com", None, False),
        ("http://127.0.0.1:9400", "http://127.0.0.1:9400/keys", True),
        ("http://127.0.0.1:9400", "file:///etc/passwd", False),
    ],
)
async def test_an_issuer_with_https_has_its_keys_behind_https_too(
    issuer: Issuer,
    issuer_address: str,
    keys_address: str | None,
    is_accepted: bool,
) -> None:
    discovery = {"issuer": issuer_address, "jwks_uri": keys_address}
    key_set = {"keys": issuer.keys()}

    def answer(request: httpx2.Request) -> httpx2.Response:
        is_discovery = request.url.path == "/.well-known/openid-configuration"
        document = discovery if is_discovery else key_set
        return httpx2.Response(200, content=_sent(document))

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        keys = IssuerKeys(client, AuthSettings(issuer=issuer_address), Time())
        if is_accepted:
            assert await keys.find(_id(issuer), "ES256")
        else:
            with pytest.raises(IssuerUnavailable):
                await keys.find(_id(issuer), "ES256")


async def test_closing_stops_what_is_being_fetched(
    issuer: Issuer,
    settings: AuthSettings,
) -> None:
    issuer.misbehave(delay=5)

    async with asyncio.timeout(4), open_issuer_keys(settings) as keys:
        waiting = asyncio.create_task(keys.find("any", "ES256"))
        await asyncio.sleep(0.05)

    with pytest.raises(asyncio.CancelledError):
        await waiting
