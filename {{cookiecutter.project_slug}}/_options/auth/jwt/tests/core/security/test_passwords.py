"""Hashing of passwords."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from pwdlib import PasswordHash

from app.core.security.passwords import Passwords, PasswordSettings, open_passwords

CHEAP = PasswordSettings(memory_kib=8, passes=1, threads=2)
PASSWORD = "correct horse battery staple"  # noqa: S105 - a test's


@pytest.fixture
async def passwords() -> AsyncIterator[Passwords]:
    async with open_passwords(CHEAP) as passwords:
        yield passwords


async def test_a_password_is_right_and_any_other_wrong(passwords: Passwords) -> None:
    stored = await passwords.hash(PASSWORD)

    assert (await passwords.verify(PASSWORD, stored)).is_right
    assert not (await passwords.verify(PASSWORD.upper(), stored)).is_right


async def test_a_hash_is_argon2id_and_salted(passwords: Passwords) -> None:
    hashes = {await passwords.hash(PASSWORD) for _ in range(2)}

    assert len(hashes) == 2
    assert all(text.startswith("$argon2id$v=19$m=8,t=1,p=1$") for text in hashes)


async def test_nobodys_password_is_wrong_whatever_it_is(passwords: Passwords) -> None:
    for password in ("", PASSWORD):
        assert not (await passwords.verify(password, None)).is_right


async def test_nobodys_password_costs_what_anybodys_does(
    passwords: Passwords,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = await passwords.hash(PASSWORD)
    compared: list[str] = []
    original = PasswordHash.verify_and_update

    def verify_and_update(
        self: PasswordHash,
        password: str,
        password_hash: str,
    ) -> tuple[bool, str | None]:
        compared.append(password_hash)
        return original(self, password, password_hash)

    monkeypatch.setattr(PasswordHash, "verify_and_update", verify_and_update)
    await passwords.verify("wrong", stored)
    await passwords.verify("wrong", None)

    costs = [password_hash.split("$")[1:4] for password_hash in compared]
    lengths = [list(map(len, password_hash.split("$"))) for password_hash in compared]
    assert costs[0] == costs[1]
    assert lengths[0] == lengths[1]


async def test_a_hash_made_in_another_way_is_made_anew(passwords: Passwords) -> None:
    costlier = CHEAP.model_copy(update={"passes": 2})
    stored = await passwords.hash(PASSWORD)

    assert (await passwords.verify(PASSWORD, stored)).new_hash is None
    async with open_passwords(costlier) as costlier_passwords:
        verdict = await costlier_passwords.verify(PASSWORD, stored)
        wrong = await costlier_passwords.verify("wrong", stored)

    assert verdict.is_right
    assert verdict.new_hash is not None
    assert ",t=2," in verdict.new_hash
    assert wrong.new_hash is None


async def test_only_so_many_are_hashed_at_once_and_none_in_the_event_loop(
    passwords: Passwords,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together = threading.Barrier(CHEAP.threads)
    threads: list[int] = []

    def wait_for_the_other(_self: PasswordHash, password: str) -> str:
        together.wait(timeout=10)
        threads.append(threading.get_ident())
        return password

    monkeypatch.setattr(PasswordHash, "hash", wait_for_the_other)
    await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(6)))

    assert len(threads) == 6
    assert len(set(threads)) == CHEAP.threads
    assert threading.get_ident() not in threads
