"""Hashing of passwords with Argon2id, in threads of its own.

Source: RFC 9106, section 4 (choice of parameters).
"""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, ConfigDict, Field

Result = TypeVar("Result")

LEAST_MEMORY_KIB = 19_456
"""What production may not go below.

Source: OWASP, Password Storage Cheat Sheet (19 MiB, two passes).
"""


LEAST_LENGTH = 8
"""Characters; no setting allows shorter passwords. Source: NIST SP 800-63B-4, section 3.1.1.2."""


class PasswordSettings(BaseModel):
    """How long a password is, and what hashing costs: a hash takes about a tenth of a second."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_length: int = Field(
        default=12,
        ge=LEAST_LENGTH,
        le=64,
        description="Characters that a new password has at least.",
    )
    memory_kib: int = Field(
        default=65_536,
        ge=8,
        le=4_194_304,
        description="KiB of memory that hashing one password takes.",
    )
    passes: int = Field(
        default=3,
        ge=1,
        le=100,
        description="How often hashing goes through that memory.",
    )
    threads: int = Field(
        default=4,
        ge=1,
        le=64,
        description="Passwords hashed at once; the others wait.",
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right; `new_hash` is what to store if hashing has changed since."""

    is_right: bool
    new_hash: str | None = None


class Passwords:
    """Hashes and compares passwords, some at a time.

    A hash takes all of a processor and much memory: the threads are a pool of their own, so
    that neither runs out, and nobody else waits for them.
    """

    def __init__(
        self,
        settings: PasswordSettings,
        executor: ThreadPoolExecutor,
    ) -> None:
        hasher = Argon2Hasher(
            time_cost=settings.passes,
            memory_cost=settings.memory_kib,
            parallelism=1,
        )
        self._hash = PasswordHash((hasher,))
        self._nobodys_hash = _hash_of_nothing(settings)
        self._executor = executor

    async def hash(self, password: str) -> str:
        """Return a password hashed, with everything that is needed to compare it."""
        return await self._in_thread(lambda: self._hash.hash(password))

    async def verify(self, password: str, password_hash: str | None) -> Verdict:
        """Say whether a password is the one that was hashed.

        None stands for the hash of somebody who has none: the answer is no, and it takes as
        long as for anybody else, so that nobody learns who has an account.
        """
        if password_hash is None:
            await self._in_thread(self._verify(password, self._nobodys_hash))
            return Verdict(is_right=False)
        return await self._in_thread(self._verify(password, password_hash))

    def _verify(self, password: str, password_hash: str) -> Callable[[], Verdict]:
        return lambda: Verdict(*self._hash.verify_and_update(password, password_hash))

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


@asynccontextmanager
async def open_passwords(settings: PasswordSettings) -> AsyncIterator[Passwords]:
    """Open the threads that hash, and close them on leaving."""
    executor = ThreadPoolExecutor(settings.threads, thread_name_prefix="passwords")
    try:
        yield Passwords(settings, executor)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _hash_of_nothing(settings: PasswordSettings) -> str:
    """Return what looks like a hash, costs as much to compare, and is that of no password."""
    parameters = f"m={settings.memory_kib},t={settings.passes},p=1"
    salt, digest = _random_part(16), _random_part(32)
    return f"$argon2id$v=19${parameters}${salt}${digest}"


def _random_part(length: int) -> str:
    return base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode()
