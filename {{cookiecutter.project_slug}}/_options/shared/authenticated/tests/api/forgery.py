"""Tokens that are bad, each in a way of its own.

Sources: RFC 8725, sections 2 and 3; https://portswigger.net/web-security/jwt
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import algorithms

from tests.api.identities import known_secrets, signature
from tests.api.identity import Identity

Fields = dict[str, Any]

LEFT_OUT = object()
"""Stands for a field that is not there."""


@dataclass(frozen=True, slots=True)
class Model:
    """A good token, taken apart."""

    header: Fields
    claims: Fields

    @classmethod
    def of(cls, identity: Identity) -> "Model":
        """Take somebody's token apart."""
        header, claims, _ = identity.token.split(".")
        return cls(json.loads(_decoded(header)), json.loads(_decoded(claims)))

    def token(
        self,
        header: Mapping[str, object] | None = None,
        claims: Mapping[str, object] | None = None,
        sign: Callable[[str], str] = signature,
    ) -> str:
        """Return a token with other fields than the good one has, signed with the right key."""
        text = ".".join(
            [
                encoded(_changed(self.header, header or {})),
                encoded(_changed(self.claims, claims or {})),
            ],
        )
        return f"{text}.{sign(text)}"


def encoded(content: object) -> str:
    """Return content as a part of a token."""
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _changed(fields: Fields, changes: Mapping[str, object]) -> Fields:
    changed = {**fields, **changes}
    return {name: value for name, value in changed.items() if value is not LEFT_OUT}


def _with_secret(secret: bytes) -> Callable[[str], str]:
    def sign(text: str) -> str:
        return encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())

    return sign


def _unsigned(_text: str) -> str:
    return ""


def _by_somebody_else(model: Model) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    own_key = algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    signer = algorithms.RSAAlgorithm(algorithms.RSAAlgorithm.SHA256)
    return model.token(
        {"alg": "RS256", "jwk": own_key},
        sign=lambda text: encoded(signer.sign(text.encode(), key)),
    )


def _header(**changes: object) -> Callable[[Model], str]:
    return lambda model: model.token(header=changes)


def _claims(**changes: object) -> Callable[[Model], str]:
    return lambda model: model.token(claims=changes)


def _parts(change: Callable[[list[str]], list[str]]) -> Callable[[Model], str]:
    return lambda model: ".".join(change(model.token().split(".")))


def _text(text: str) -> Callable[[Model], str]:
    return lambda _model: text


def _raw_claims(content: bytes) -> Callable[[Model], str]:
    def forge(model: Model) -> str:
        text = f"{encoded(model.header)}.{encoded(content)}"
        return f"{text}.{signature(text)}"

    return forge


def _confused(number: int) -> Callable[[Model], str]:
    def forge(model: Model) -> str:
        secrets = known_secrets()
        sign = _with_secret(secrets[number % len(secrets)])
        return model.token({"alg": "HS256"}, sign=sign)

    return forge


HOUR = 3600

BAD_TOKENS: dict[str, Callable[[Model], str]] = {
    "nothing": _text(""),
    "white space": _text("   "),
    "a word": _text("token"),
    "dots": _text(".."),
    "three words": _text("a.b.c"),
    "two tokens": lambda model: f"{model.token()} {model.token()}",
    "two tokens, with a comma": lambda model: f"{model.token()},{model.token()}",
    "two parts": _parts(lambda parts: parts[:2]),
    "four parts": _parts(lambda parts: [*parts, parts[-1]]),
    "five parts, as if encrypted": _parts(lambda parts: [*parts, parts[1], parts[2]]),
    "padded": lambda model: f"{model.token()}==",
    "letters beyond ASCII": lambda model: f"{model.token()}é",
    "huge": _claims(padding="x" * 9_000),
    "not JSON": _raw_claims(b"{"),
    "not UTF-8": _raw_claims(b"\xff\xfe"),
    "a list": _raw_claims(b"[]"),
    "a null": _raw_claims(b"null"),
    "deep": _raw_claims(b"[" * 3000),
    "another token inside": lambda model: _raw_claims(model.token().encode())(model),
    "a header that is a list": _parts(lambda parts: [encoded([]), *parts[1:]]),
    "a deep header": _parts(lambda parts: [encoded(b"[" * 3000), *parts[1:]]),
    "a header with a number that Python does not read": _parts(
        lambda parts: [encoded(b'{"alg":%b}' % (b"1" * 5000)), *parts[1:]],
    ),
    "a header that is no JSON": _parts(lambda parts: [encoded(b"{"), *parts[1:]]),
    "unsigned": lambda model: model.token({"alg": "none"}, sign=_unsigned),
    "said to be unsigned": _header(alg="none"),
    "unsigned, in other letters": lambda model: model.token(
        {"alg": "nOnE"},
        sign=_unsigned,
    ),
    "no signature": lambda model: model.token(sign=_unsigned),
    "no algorithm": _header(alg=LEFT_OUT),
    "an unknown algorithm": _header(alg="XX999"),
    "an algorithm that is a list": _header(alg=["ES256"]),
    "an algorithm of another kind of key": _header(alg="PS256"),
    "signed with the empty secret": lambda model: model.token(
        {"alg": "HS256"},
        sign=_with_secret(b""),
    ),
    "signed with what everybody knows": _confused(0),
    "signed with what everybody knows, too": _confused(1),
    "signed with what everybody knows, at last": _confused(-1),
    "signed by somebody else": _by_somebody_else,
    "a key of its own choice": _header(jku="http://127.0.0.1:1/keys", kid="theirs"),
    "no key named": _header(kid=LEFT_OUT),
    "an unknown key": _header(kid="unknown"),
    "a key that is a path": _header(kid="../../../../dev/null"),
    "a key that is a number": _header(kid=7),
    "a type of another token": _header(typ="JWT"),
    "a type of a refresh token": _header(typ="rt+jwt"),
    "no type": _header(typ=LEFT_OUT),
    "extensions that must be understood": _header(crit=["exp"], exp=2**33),
    "extensions that some understand": _header(crit=["b64"], b64=True),
    "a payload that is not encoded": _header(crit=["b64"], b64=False),
    "another subject, with the old signature": _parts(
        lambda parts: [parts[0], encoded({"sub": "root"}), parts[2]],
    ),
    "a signature that was cut": _parts(lambda parts: [*parts[:2], parts[2][:-4]]),
    "a signature that was changed": _parts(
        lambda parts: [*parts[:2], parts[2][::-1]],
    ),
    "expired": _claims(exp=int(time.time()) - HOUR),
    "expired just beyond the leeway": _claims(exp=int(time.time()) - 15),
    "expiring never": _claims(exp=LEFT_OUT),
    "expiring at a text": _claims(exp="9999999999"),
    "expiring at infinity": _claims(exp=float("inf")),
    "expiring at no number": _claims(exp=float("nan")),
    "expiring at a number without end": _claims(exp=10**400),
    "expiring at a number that Python does not read": _raw_claims(
        b'{"exp":%b}' % (b"1" * 5000),
    ),
    "expiring beyond the calendar": _claims(exp=1e300),
    "expiring at many digits": _claims(exp="1" * 5000),
    "expiring at null": _claims(exp=None),
    "expiring at true": _claims(exp=True),
    "expiring at a list": _claims(exp=[2**33]),
    "not valid yet": _claims(nbf=int(time.time()) + HOUR),
    "issued in the future": _claims(iat=int(time.time()) + HOUR),
    "issued at no time": _claims(iat=LEFT_OUT),
    "issued at a text": _claims(iat="0"),
    "issued at many digits": _claims(iat="1" * 5000),
    "issued at a number without end": _claims(iat=10**400),
    "issued before all numbers": _claims(iat=-(10**400)),
    "issued at infinity": _claims(iat=float("inf")),
    "issued at no number": _claims(iat=float("nan")),
    "issued before the calendar": _claims(iat=-1e300),
    "not valid before a number without end": _claims(nbf=10**400),
    "not valid before all numbers": _claims(nbf=-(10**400)),
    "not valid before infinity": _claims(nbf=float("inf")),
    "of another issuer": _claims(iss="https://issuer.example.com"),
    "of an issuer with a longer name": lambda model: model.token(
        claims={"iss": f"{model.claims['iss']}/"},
    ),
    "of two issuers": lambda model: model.token(claims={"iss": [model.claims["iss"]]}),
    "of no issuer": _claims(iss=LEFT_OUT),
    "for somebody else": _claims(aud="another-service"),
    "for several others": _claims(aud=["another-service", "a-third-one"]),
    "for nobody": _claims(aud=LEFT_OUT),
    "for an empty list": _claims(aud=[]),
    "for a number": _claims(aud=7),
    "no subject": _claims(sub=LEFT_OUT),
    "an empty subject": _claims(sub=""),
    "a blank subject": _claims(sub=" "),
    "a subject that is a number": _claims(sub=7),
    "a subject that is a list": _claims(sub=["root"]),
    "a subject that is an object": _claims(sub={"$ne": None}),
    "a subject with a NUL": _claims(sub="root\0"),
    "a subject on two lines": _claims(sub="root\nadmin"),
    "a subject without end": _claims(sub="x" * 256),
    "a subject of half a character": _claims(sub="\ud800"),
}
"""By what is wrong with each; given a good one, each makes a bad one."""

BAD_HEADERS = {
    "another scheme": "Basic cm9vdDpyb290",
    "a scheme alone": "Bearer",
    "a token without a scheme": "{token}",
    "a scheme that only begins so": "BearerX {token}",
    "a tab between": "Bearer\t{token}",
    "the scheme twice": "Bearer Bearer {token}",
    "something behind": "Bearer {token} x",
    "something behind a comma": "Bearer {token}, Basic x",
}
"""Values of `Authorization` that carry no good token, though a good one may be in them."""
