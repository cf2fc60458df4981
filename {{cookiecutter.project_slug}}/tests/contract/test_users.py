"""What every `UserRepository` promises, besides what every `Repository` does."""

import pytest

from app.models.statistics import UserCounts
from app.models.user import UserQuery, UserSort
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.users import DuplicateEmail
from tests.conftest import AddUser, MakeUser, SteppingClock
from tests.users import listed, update_user


async def test_a_stored_user_is_read_back_as_it_was(
    storage: Storage,
    add_user: AddUser,
) -> None:
    user = await add_user("zoë@example.com", "Zoë 王小明 👩‍🚀")

    assert await storage.users.get(user.id) == user


async def test_an_address_is_stored_once(storage: Storage, add_user: AddUser) -> None:
    await add_user("ada@example.com")

    with pytest.raises(DuplicateEmail):
        await add_user("ADA@example.com")

    assert await listed(storage, UserQuery()) == ["ada@example.com"]


async def test_addresses_that_only_look_alike_are_different(
    storage: Storage,
    add_user: AddUser,
) -> None:
    await add_user("zoe@example.com")
    await add_user("zoë@example.com")

    assert len(await listed(storage, UserQuery())) == 2


async def test_addresses_are_ordered_by_code_point(
    storage: Storage,
    add_user: AddUser,
) -> None:
    letters = ["-", "0", "_", "a", "z", "ä", "中", "😀"]
    for letter in reversed(letters):
        await add_user(f"{letter}@example.com")

    emails = await listed(storage, UserQuery(sort=UserSort.EMAIL, size=3))

    assert emails == [f"{letter}@example.com" for letter in letters]


async def test_an_address_is_a_filter_whatever_its_letter_case(
    storage: Storage,
    add_user: AddUser,
) -> None:
    await add_user("ada@example.com")
    await add_user("bob@example.com")

    found = await listed(storage, UserQuery(email="BOB@example.com"))

    assert found == ["bob@example.com"]


async def test_users_are_counted(
    storage: Storage,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    assert await storage.users.count_users() == UserCounts(total=0, active=0)
    for number in range(3):
        user = await add_user(f"{number}@example.com")
    await update_user(storage, user.deactivated(at=clock.now()))

    assert await storage.users.count_users() == UserCounts(total=3, active=2)


async def test_a_unit_of_work_counts_what_it_has_written(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    async with storage.unit_of_work() as work:
        await work.users.add(make_user())

        assert await work.users.count_users() == UserCounts(total=1, active=1)

    assert await storage.users.count_users() == UserCounts(total=0, active=0)
