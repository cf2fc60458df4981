"""A small issuer of access tokens, for tests and for a laptop.

It gives a token to whoever asks for one: never run it where others can reach it.

    python -m tests.issuer --port 9400 --audience NAME
    curl -X POST http://127.0.0.1:9400/token -d '{"claims": {"sub": "ada"}}'
"""

import argparse
import base64
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.models.caller import SCOPES

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How it answers.

    `discovery` and `keys` replace what it would say itself. Every answer about keys takes
    `delay` seconds, has `status`, and may be a text that is no JSON.
    """

    discovery: Content | None = None
    keys: list[object] | None = None
    delay: float = 0
    status: int = 200
    text: str | None = None


class State:
    """What an issuer knows."""

    def __init__(self, audience: str) -> None:
        self.audience = audience
        self.address = ""
        self.behaviour = Behaviour()
        self.times_asked = 0
        self.change_keys()

    def change_keys(self) -> None:
        """Make a new key of each kind."""
        pair = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._private: dict[str, Any] = {
            "RS256": pair,
            "PS256": pair,
            "ES256": ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate(),
        }
        self._ids = {algorithm: uuid4().hex for algorithm in self._private}
        self._ids["PS256"] = self._ids["RS256"]  # one key, good for both

    def discovery(self) -> Content:
        """Describe itself."""
        usual = {"issuer": self.address, "jwks_uri": f"{self.address}/keys"}
        return usual if self.behaviour.discovery is None else self.behaviour.discovery

    def public_keys(self) -> Content:
        """Return what its signatures can be checked with."""
        if self.behaviour.keys is not None:
            return {"keys": self.behaviour.keys}
        kinds = {self._ids[algorithm]: algorithm for algorithm in self._private}
        return {"keys": [self._public(kind, key_id) for key_id, kind in kinds.items()]}

    def _public(self, algorithm: str, key_id: str) -> Content:
        signer = jwt.get_algorithm_by_name(algorithm)
        public = signer.to_jwk(self._private[algorithm].public_key(), as_dict=True)
        return {**public, "kid": key_id, "use": "sig"}

    def token(
        self,
        algorithm: str = "ES256",
        header: Content | None = None,
        claims: Content | None = None,
    ) -> Content:
        """Return a token; a claim that is null is left out."""
        now = int(time.time())
        usual: Content = {
            "iss": self.address,
            "aud": self.audience,
            "sub": "developer",
            "iat": now,
            "exp": now + 3600,
            "scope": " ".join(sorted(SCOPES)),
        }
        given = {**usual, **(claims or {})}
        token = jwt.encode(
            {name: value for name, value in given.items() if value is not None},
            self._private[algorithm],
            algorithm=algorithm,
            headers={"kid": self._ids[algorithm], "typ": "at+jwt", **(header or {})},
        )
        return {"access_token": token, "token_type": "Bearer"}

    def sign(self, algorithm: str, text: str) -> Content:
        """Return the signature of any text."""
        signer = jwt.get_algorithm_by_name(algorithm)
        signature = signer.sign(text.encode(), self._private[algorithm])
        return {"signature": base64.urlsafe_b64encode(signature).rstrip(b"=").decode()}

    def misbehave(self, **how: Any) -> Content:
        self.behaviour = replace(Behaviour(), **how)
        return {}

    def new_keys(self) -> Content:
        self.change_keys()
        return {}

    def count(self) -> Content:
        return {"times": self.times_asked}


class Handler(BaseHTTPRequestHandler):
    """Answers GET as any issuer does; POST is for those who tell it what to do."""

    state: State

    def do_GET(self) -> None:
        answers: dict[str, Callable[[], Content]] = {
            "/.well-known/openid-configuration": self.state.discovery,
            "/keys": self.state.public_keys,
        }
        if self.path == "/keys":
            self.state.times_asked += 1
        behaviour = self.state.behaviour
        time.sleep(behaviour.delay)
        text = behaviour.text or json.dumps(answers[self.path]())
        self._answer(behaviour.status, text)

    def do_POST(self) -> None:
        answers: dict[str, Callable[..., Content]] = {
            "/token": self.state.token,
            "/sign": self.state.sign,
            "/change-keys": self.state.new_keys,
            "/misbehave": self.state.misbehave,
            "/times-asked": self.state.count,
        }
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = answers[self.path](**json.loads(content or b"{}"))
        self._answer(200, json.dumps(answer))

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        with suppress(ConnectionError):  # whoever asked did not wait
            self.end_headers()
            self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.issuer")
    parser.add_argument("--port", type=int, default=9400)
    parser.add_argument("--audience", required=True, help="the AUTH__AUDIENCE")
    parser.add_argument("--with-parent", action="store_true", help="end with stdin")
    arguments = parser.parse_args()
    Handler.state = State(arguments.audience)
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    Handler.state.address = f"http://127.0.0.1:{server.server_port}"
    print(Handler.state.address, flush=True)  # noqa: T201 - whoever starts it wants to know
    if arguments.with_parent:
        threading.Thread(target=_stop_with_parent, daemon=True).start()
    server.serve_forever()


def _stop_with_parent() -> None:
    """Stop when the other end of standard input is closed, in whatever way that comes."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
