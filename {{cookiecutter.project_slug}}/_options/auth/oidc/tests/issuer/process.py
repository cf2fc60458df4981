"""Starts, stops and asks an issuer."""

import atexit
import subprocess
import sys
from functools import cache
from typing import Any

import httpx2

AUDIENCE = "service"


class Issuer:
    """An issuer in a process of its own, on a port of its own, for as long as this process."""

    def __init__(self) -> None:
        self._port = 0
        self._client = httpx2.Client(trust_env=False)
        self.start()
        atexit.register(self.kill)

    @property
    def address(self) -> str:
        """What stands in its tokens as `iss`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def is_running(self) -> bool:
        """Whether it has not been killed."""
        return self._process.poll() is None

    def start(self) -> None:
        """Run it, with new keys, on the port that it had before, if any."""
        arguments = ["--port", str(self._port), "--audience", AUDIENCE, "--with-parent"]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.issuer", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline().rpartition(":")[2])

    def kill(self) -> None:
        """End it without a farewell, if it runs."""
        if self.is_running:
            self._process.kill()
            self._process.communicate()

    def token(
        self,
        algorithm: str = "ES256",
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Return a token with these fields beside, or instead of, the usual ones."""
        answer = self._ask("/token", algorithm=algorithm, header=header, claims=claims)
        return str(answer["access_token"])

    def signature(self, text: str, algorithm: str) -> str:
        """Return what makes any text a signed one."""
        return str(self._ask("/sign", algorithm=algorithm, text=text)["signature"])

    def keys(self) -> list[dict[str, Any]]:
        """Return its public keys."""
        answer = self._client.get(f"{self.address}/keys").json()
        keys: list[dict[str, Any]] = answer["keys"]
        return keys

    def change_keys(self) -> None:
        """Sign with new keys from now on, and forget the old ones."""
        self._ask("/change-keys")

    def misbehave(self, **how: Any) -> None:
        """Answer otherwise than an issuer should; see `Behaviour`."""
        self._ask("/misbehave", **how)

    def times_asked(self) -> int:
        """Return how often its keys were asked for."""
        return int(self._ask("/times-asked")["times"])

    def _ask(self, path: str, **content: Any) -> dict[str, Any]:
        response = self._client.post(f"{self.address}{path}", json=content)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@cache
def _spare() -> Issuer:
    return Issuer()


def spare_issuer() -> Issuer:
    """Return an issuer that may be killed and may misbehave, running and well behaved."""
    issuer = _spare()
    if not issuer.is_running:
        issuer.start()
    issuer.misbehave()
    return issuer


@cache
def shared_issuer() -> Issuer:
    """Return an issuer that behaves, the same one for all tests of a process."""
    return Issuer()
