"""The public keys of the issuer of tokens: fetched when they are needed, kept while they may be.

Sources: OpenID Connect Discovery 1.0, section 4; RFC 7517 (JSON Web Keys).
"""

import asyncio
import json
import math
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache

import httpx2
import jwt
import structlog

from app.core.security.settings import AuthSettings

MAX_DOCUMENT_BYTES = 262_144
"""A discovery document or key set that is larger is none."""

ALGORITHMS_OF: Mapping[tuple[str, str | None], tuple[str, ...]] = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
"""What a public key of each type and curve can verify: a shared secret is never among them."""

Keys = Mapping[tuple[str, str], jwt.PyJWK]
"""Each key under its id and an algorithm, to which it is bound."""

logger = structlog.get_logger()


class IssuerUnavailable(Exception):
    """The issuer did not give its keys, and those that were kept are too old or too few."""


class UnusableDocument(Exception):
    """The issuer answered something that is not what it should be."""


class IssuerKeys:
    """The issuer's keys.

    - They are fetched when the first token comes, or somebody asks how the issuer is.
    - After `keys_lifetime` they are fetched anew, and nobody waits for it.
    - A key that is unknown makes everybody who asks for it wait for one fetch: the issuer may
      have changed keys. Attempts are `keys_pause` apart, however many unknown keys are named.
    - When the issuer does not answer, keys are used until they are `keys_max_age` old.

    `now` returns seconds that never go back.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        settings: AuthSettings,
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._settings = settings
        self._now = now
        self._keys: Keys = {}
        self._fetched_at = self._tried_at = -math.inf
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, key_id: str, algorithm: str) -> jwt.PyJWK | None:
        """Return the key with an id, bound to an algorithm; None if the issuer has none.

        Raises:
            IssuerUnavailable: whether it has one can't be told.
        """
        age = self._now() - self._fetched_at
        if age >= self._settings.keys_max_age:
            await self._fetch()
        elif age >= self._settings.keys_lifetime:
            self._begin_to_fetch()
        return self._known(key_id, algorithm) or await self._new(key_id, algorithm)

    async def check(self) -> None:
        """Find out whether the issuer gives its keys; while they are fresh, it is not asked.

        Raises:
            IssuerUnavailable: it did not when it was last asked.
        """
        is_fresh = self._now() - self._fetched_at < self._settings.keys_lifetime
        if self._last_attempt_failed or not is_fresh:
            await self._fetch()
        if self._last_attempt_failed:
            raise IssuerUnavailable

    @property
    def _last_attempt_failed(self) -> bool:
        return self._fetched_at < self._tried_at

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None:
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching

    def _known(self, key_id: str, algorithm: str) -> jwt.PyJWK | None:
        """Return a key that is known and not too old.

        Raises:
            IssuerUnavailable: all keys are too old.
        """
        if self._now() - self._fetched_at >= self._settings.keys_max_age:
            raise IssuerUnavailable
        return self._keys.get((key_id, algorithm))

    async def _new(self, key_id: str, algorithm: str) -> jwt.PyJWK | None:
        """Return a key that the issuer did not have when it was last asked.

        Raises:
            IssuerUnavailable: the issuer does not answer, so it may well have it.
        """
        await self._fetch()
        key = self._known(key_id, algorithm)
        if key is None and self._last_attempt_failed:
            raise IssuerUnavailable
        return key

    async def _fetch(self) -> None:
        """Wait until keys were fetched, or could not be; together with all who wait for that."""
        self._begin_to_fetch()
        if self._fetching is not None:
            await asyncio.shield(self._fetching)

    def _begin_to_fetch(self) -> None:
        if self._fetching is not None and not self._fetching.done():
            return
        if self._now() - self._tried_at >= self._settings.keys_pause:
            self._tried_at = self._now()
            self._fetching = asyncio.create_task(self._replace_keys())

    async def _replace_keys(self) -> None:
        """Fetch keys; if that fails, in whatever way, the old ones stay."""
        try:
            async with asyncio.timeout(self._settings.deadline):
                self._keys = await _fetch_keys(self._client, self._settings)
        except Exception as error:
            reason = str(error) or type(error).__name__
            logger.warning("issuer_unavailable", reason=reason)
        else:
            self._fetched_at = self._now()
            logger.info("issuer_keys_fetched", keys=len(self._keys))


@asynccontextmanager
async def open_issuer_keys(
    settings: AuthSettings,
    now: Callable[[], float] = time.monotonic,
) -> AsyncIterator[IssuerKeys]:
    """Open the way to the issuer; nothing is fetched before it is needed."""
    async with httpx2.AsyncClient(verify=_tls(), timeout=settings.deadline) as client:
        keys = IssuerKeys(client, settings, now)
        try:
            yield keys
        finally:
            await keys.close()


@cache
def _tls() -> ssl.SSLContext:
    """Return the settings of TLS, with the certificates to trust: reading them takes 50 ms."""
    return httpx2.create_ssl_context()


async def _fetch_keys(client: httpx2.AsyncClient, settings: AuthSettings) -> Keys:
    """Return the keys that the issuer names itself.

    Raises:
        UnusableDocument: what it answers is of no use.
        Exception: it can't be asked.
    """
    address = settings.issuer.rstrip("/")
    about = await _document(client, f"{address}/.well-known/openid-configuration")
    if about.get("issuer") != settings.issuer:
        raise UnusableDocument("the issuer calls itself something else")
    key_set = about.get("jwks_uri")
    safe = ("https://", "http://") if address.startswith("http://") else ("https://",)
    if not isinstance(key_set, str) or not key_set.startswith(safe):
        raise UnusableDocument("the keys' address does not begin with https://")
    keys = _usable((await _document(client, key_set)).get("keys"), settings.algorithms)
    if not keys:
        raise UnusableDocument("not one key that can be used")
    return keys


async def _document(client: httpx2.AsyncClient, address: str) -> dict[str, object]:
    """Return a JSON object; only as much is read as one may have, and as it was sent."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    async with client.stream("GET", address, headers=headers) as response:
        if response.status_code != httpx2.codes.OK:
            raise UnusableDocument(f"status {response.status_code}")
        content = bytearray()
        async for part in response.aiter_raw():
            content += part
            if len(content) > MAX_DOCUMENT_BYTES:
                raise UnusableDocument("larger than such a document can be")
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise UnusableDocument("not JSON") from None
    if not isinstance(document, dict):
        raise UnusableDocument("not a JSON object")
    return document


def _usable(given: object, allowed: tuple[str, ...]) -> Keys:
    """Return the keys among what was given that can verify signatures of allowed algorithms."""
    keys: dict[tuple[str, str], jwt.PyJWK] = {}
    for key in given if isinstance(given, list) else ():
        for algorithm in _algorithms_of(key):
            if algorithm in allowed:
                with suppress(jwt.PyJWTError):
                    keys[key["kid"], algorithm] = jwt.PyJWK(key, algorithm)
    return keys


def _algorithms_of(key: object) -> tuple[str, ...]:
    """Return what a key may be used for; nothing, if it is not for verifying, or has no id."""
    if not isinstance(key, dict) or not isinstance(key.get("kid"), str):
        return ()
    if key.get("use", "sig") != "sig" or "d" in key:
        return ()
    kind = (str(key.get("kty")), str(key["crv"]) if "crv" in key else None)
    algorithms = ALGORITHMS_OF.get(kind, ())
    only = key.get("alg")
    return algorithms if only is None else tuple(of for of in algorithms if of == only)
