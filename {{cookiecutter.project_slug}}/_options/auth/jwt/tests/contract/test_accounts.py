"""What every `AccountRepository` promises."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from app.core.database.errors import RepositoryError, TransactionLost
from app.core.security.refresh_tokens import RefreshToken
from app.models.account import Account, TokenFamily
from app.repositories.interfaces.accounts import StaleAccount, StaleFamily
from app.repositories.interfaces.storage import Storage
from tests.accounts import HASH
from tests.conftest import MakeUser, SteppingClock

AddAccount = Callable[..., Awaitable[Account]]
AddFamily = Callable[..., Awaitable[TokenFamily]]


@pytest.fixture
def add_account(storage: Storage, make_user: MakeUser) -> AddAccount:
    """Stores a user with an account and returns that."""

    async def add(email: str = "ada@example.com") -> Account:
        user = make_user(email)
        account = Account(user_id=user.id, password_hash=HASH)
        async with storage.unit_of_work() as work:
            await work.users.add(user)
            await work.accounts.add(account)
            await work.commit()
        return account

    return add


@pytest.fixture
def add_family(storage: Storage, clock: SteppingClock) -> AddFamily:
    """Stores a family of tokens of an account, good for an hour, and returns it."""

    async def add(account: Account) -> TokenFamily:
        token, now = RefreshToken.first(), clock.now()
        family = TokenFamily(
            id=uuid4(),
            user_id=account.user_id,
            family_digest=token.family_digest,
            token_digest=token.digest,
            password_version=account.password_version,
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )
        async with storage.unit_of_work() as work:
            await work.accounts.add_family(family)
            await work.commit()
        return family

    return add


async def _update(storage: Storage, account: Account) -> None:
    async with storage.unit_of_work() as work:
        await work.accounts.update(account)
        await work.commit()


async def _rotate(storage: Storage, family: TokenFamily, used: bytes) -> None:
    async with storage.unit_of_work() as work:
        await work.accounts.rotate(family, used=used)
        await work.commit()


async def _end(storage: Storage, family: TokenFamily, clock: SteppingClock) -> None:
    async with storage.unit_of_work() as work:
        await work.accounts.end_family(family.id, at=clock.now())
        await work.commit()


async def test_a_stored_account_is_read_back_as_it_was(
    storage: Storage,
    add_account: AddAccount,
) -> None:
    account = await add_account()

    assert await storage.accounts.get_account(account.user_id) == account


async def test_an_account_is_found_by_the_address_of_its_user(
    storage: Storage,
    add_account: AddAccount,
) -> None:
    await add_account("ada@example.com")
    account = await add_account("bob@example.com")

    assert await storage.accounts.find_account("bob@example.com") == account


async def test_who_has_no_account_has_none(
    storage: Storage,
    add_account: AddAccount,
    make_user: MakeUser,
) -> None:
    await add_account()
    user = make_user("bob@example.com")
    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()

    assert await storage.accounts.get_account(uuid4()) is None
    assert await storage.accounts.get_account(user.id) is None
    assert await storage.accounts.find_account("bob@example.com") is None
    assert await storage.accounts.find_account("eve@example.com") is None


async def test_a_deactivated_user_has_no_account(
    storage: Storage,
    add_account: AddAccount,
    clock: SteppingClock,
) -> None:
    account = await add_account()
    async with storage.unit_of_work() as work:
        user = await work.users.get(account.user_id)
        assert user is not None
        await work.users.update(user.deactivated(at=clock.now()))
        await work.commit()

    assert await storage.accounts.get_account(account.user_id) is None
    assert await storage.accounts.find_account("ada@example.com") is None


async def test_an_account_is_stored_with_its_user_or_not_at_all(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    user = make_user()

    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.accounts.add(Account(user_id=user.id, password_hash=HASH))

    assert await storage.users.get(user.id) is None
    assert await storage.accounts.get_account(user.id) is None


async def test_an_update_replaces_what_is_stored(
    storage: Storage,
    add_account: AddAccount,
) -> None:
    account = await add_account()
    other = await add_account("bob@example.com")
    changed = account.with_password("another").with_role(administrator=True)
    changed = replace(changed, version=2)

    await _update(storage, changed)

    assert await storage.accounts.get_account(account.user_id) == changed
    assert await storage.accounts.get_account(other.user_id) == other


async def test_an_update_of_another_version_is_refused(
    storage: Storage,
    add_account: AddAccount,
) -> None:
    account = await add_account()
    await _update(storage, account.with_password("first"))

    with pytest.raises(StaleAccount):
        await _update(storage, account.with_password("second"))
    with pytest.raises(StaleAccount):
        await _update(storage, replace(account, user_id=uuid4(), version=2))

    stored = await storage.accounts.get_account(account.user_id)
    assert stored is not None
    assert stored == account.with_password("first")


async def test_a_stored_family_is_found_by_its_id_and_its_digest(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
) -> None:
    account = await add_account()
    family, other = await add_family(account), await add_family(account)

    assert await storage.accounts.get_family(family.id) == family
    assert await storage.accounts.find_family(other.family_digest) == other


async def test_there_is_no_family_behind_what_is_unknown(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
) -> None:
    family = await add_family(await add_account())

    assert await storage.accounts.get_family(uuid4()) is None
    assert await storage.accounts.find_family(bytes(32)) is None
    assert await storage.accounts.find_family(family.token_digest) is None


async def test_a_family_goes_on_to_its_next_token(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
) -> None:
    family = await add_family(await add_account())
    expiry = family.expires_at + timedelta(hours=1)
    rotated = family.rotated(bytes(32), expires_at=expiry)

    await _rotate(storage, rotated, used=family.token_digest)

    assert await storage.accounts.get_family(family.id) == rotated


async def test_a_token_that_is_not_the_next_one_is_refused(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
) -> None:
    family = await add_family(await add_account())
    rotated = family.rotated(bytes(32), expires_at=family.expires_at)
    await _rotate(storage, rotated, used=family.token_digest)

    with pytest.raises(StaleFamily):
        await _rotate(storage, rotated, used=family.token_digest)


async def test_of_many_uses_of_one_token_at_once_one_succeeds(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
) -> None:
    family = await add_family(await add_account())

    async def use(number: int) -> bool:
        digest = number.to_bytes(32)
        rotated = family.rotated(digest, expires_at=family.expires_at)
        try:
            await _rotate(storage, rotated, used=family.token_digest)
        except RepositoryError:
            return False
        return True

    outcomes = await asyncio.gather(*(use(number) for number in range(8)))

    stored = await storage.accounts.get_family(family.id)
    assert outcomes.count(True) == 1
    assert stored is not None
    assert stored.token_digest == outcomes.index(True).to_bytes(32)


async def test_a_family_that_is_over_goes_on_no_more(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
    clock: SteppingClock,
) -> None:
    account = await add_account()
    family, other = await add_family(account), await add_family(account)
    await _end(storage, family, clock)

    with pytest.raises(StaleFamily):
        await _rotate(storage, family, used=family.token_digest)

    stored = await storage.accounts.get_family(family.id)
    assert stored is not None
    assert stored.ended_at is not None
    assert await storage.accounts.get_family(other.id) == other


async def test_ending_again_or_what_is_unknown_changes_nothing(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
    clock: SteppingClock,
) -> None:
    family = await add_family(await add_account())
    await _end(storage, family, clock)
    over = await storage.accounts.get_family(family.id)

    await _end(storage, family, clock)
    await _end(storage, replace(family, id=uuid4()), clock)

    assert await storage.accounts.get_family(family.id) == over


async def test_only_expired_families_of_one_user_are_forgotten(
    storage: Storage,
    add_account: AddAccount,
    add_family: AddFamily,
) -> None:
    ada, bob = await add_account(), await add_account("bob@example.com")
    expired, others = await add_family(ada), await add_family(bob)
    later = await add_family(ada)

    async with storage.unit_of_work() as work:
        at = expired.expires_at
        await work.accounts.remove_families(ada.user_id, expired_by=at)
        await work.commit()

    assert await storage.accounts.get_family(expired.id) is None
    assert await storage.accounts.get_family(others.id) == others
    assert await storage.accounts.get_family(later.id) == later


async def _remember(storage: Storage, digest: bytes, until: datetime) -> None:
    async with storage.unit_of_work() as work:
        await work.accounts.remember_network(digest, until=until)
        await work.commit()


async def _purge(storage: Storage, expired_by: datetime, limit: int) -> int:
    async with storage.unit_of_work() as work:
        purged = await work.accounts.purge_networks(expired_by, limit)
        await work.commit()
    return purged


async def test_a_remembered_network_is_known_and_no_other(
    storage: Storage,
    clock: SteppingClock,
) -> None:
    until = clock.now()
    await _remember(storage, b"a" * 32, until)

    assert await storage.accounts.network_known_until(b"a" * 32) == until
    assert await storage.accounts.network_known_until(b"b" * 32) is None


async def test_a_network_remembered_again_is_known_until_the_later_time(
    storage: Storage,
    clock: SteppingClock,
) -> None:
    await _remember(storage, b"a" * 32, clock.now())
    later = clock.now()

    await _remember(storage, b"a" * 32, later)

    assert await storage.accounts.network_known_until(b"a" * 32) == later


async def test_a_network_is_remembered_by_the_commit_and_not_before(
    storage: Storage,
    clock: SteppingClock,
) -> None:
    async with storage.unit_of_work() as work:
        await work.accounts.remember_network(b"a" * 32, until=clock.now())

    assert await storage.accounts.network_known_until(b"a" * 32) is None


async def test_a_network_remembered_by_many_at_once_is_known(
    storage: Storage,
    clock: SteppingClock,
) -> None:
    until = clock.now()

    outcomes = await asyncio.gather(
        *(_remember(storage, b"a" * 32, until) for _ in range(8)),
        return_exceptions=True,
    )

    assert all(outcome is None or _is_lost(outcome) for outcome in outcomes)
    assert await storage.accounts.network_known_until(b"a" * 32) == until


def _is_lost(outcome: BaseException) -> bool:
    return isinstance(outcome, TransactionLost)


async def test_expired_networks_are_purged_a_batch_at_a_time(
    storage: Storage,
    clock: SteppingClock,
) -> None:
    times = [clock.now() for _ in range(4)]
    digests = [bytes([number]) * 32 for number in range(4)]
    for digest, until in zip(digests, times, strict=True):
        await _remember(storage, digest, until)

    purged = [await _purge(storage, times[2], 2) for _ in range(3)]

    assert purged == [2, 1, 0]
    known = [await storage.accounts.network_known_until(digest) for digest in digests]
    assert known == [None, None, None, times[3]]
