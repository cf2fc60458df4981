"""What every `Repository` promises, in each storage, with users as its entities."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.core.database.errors import StaleEntity
from app.models.user import UserChanges, UserQuery, UserSort
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.users import DuplicateEmail, DuplicateUser
from tests.conftest import AddUser, MakeUser, SteppingClock
from tests.users import delete_user, listed, update_user

pytestmark = pytest.mark.usefixtures("uncached_and_cached")


async def test_get_unknown_id_returns_none(storage: Storage) -> None:
    assert await storage.users.get(uuid4()) is None


async def test_add_known_id_is_refused(
    storage: Storage,
    add_user: AddUser,
    make_user: MakeUser,
) -> None:
    user = await add_user("ada@example.com")

    with pytest.raises(DuplicateUser):
        async with storage.unit_of_work() as work:
            await work.users.add(replace(make_user("bob@example.com"), id=user.id))
            await work.commit()

    assert await storage.users.get(user.id) == user


async def test_update_stores_the_next_version(
    storage: Storage,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    user = await add_user()
    changed = user.changed(UserChanges(name="Ada King"), at=clock.now())

    await update_user(storage, changed)

    assert await storage.users.get(user.id) == changed


async def test_update_stores_a_deactivation(
    storage: Storage,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    user = await add_user()
    deactivated = user.deactivated(at=clock.now())

    await update_user(storage, deactivated)

    assert await storage.users.get(user.id) == deactivated


async def test_add_a_unique_value_of_another_is_refused(
    storage: Storage,
    add_user: AddUser,
) -> None:
    user = await add_user("ada@example.com")

    with pytest.raises(DuplicateEmail):
        await add_user("ada@example.com")

    assert await listed(storage, UserQuery()) == [user.email]


async def test_update_to_a_unique_value_of_another_is_refused(
    storage: Storage,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    await add_user("ada@example.com")
    user = await add_user("bob@example.com")
    changed = user.changed(UserChanges(email="ada@example.com"), at=clock.now())

    with pytest.raises(DuplicateEmail):
        await update_user(storage, changed)

    assert await storage.users.get(user.id) == user


async def test_update_of_a_stale_version_is_refused(
    storage: Storage,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    user = await add_user()
    first = user.changed(UserChanges(name="First"), at=clock.now())
    second = user.changed(UserChanges(name="Second"), at=clock.now())
    await update_user(storage, first)

    with pytest.raises(StaleEntity):
        await update_user(storage, second)

    assert await storage.users.get(user.id) == first


async def test_update_of_an_entity_that_is_not_stored_is_refused(
    storage: Storage,
    make_user: MakeUser,
    clock: SteppingClock,
) -> None:
    changed = make_user().changed(UserChanges(name="Nobody"), at=clock.now())

    with pytest.raises(StaleEntity):
        await update_user(storage, changed)


async def test_delete_leaves_nothing(storage: Storage, add_user: AddUser) -> None:
    user, other = await add_user("ada@example.com"), await add_user("bob@example.com")

    await delete_user(storage, user)

    assert await storage.users.get(user.id) is None
    assert await listed(storage, UserQuery()) == [other.email]
    assert await add_user("ada@example.com")
    with pytest.raises(StaleEntity):
        await delete_user(storage, user)


async def test_delete_of_a_stale_version_is_refused(
    storage: Storage,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    user = await add_user()
    changed = user.changed(UserChanges(name="Ada King"), at=clock.now())
    await update_user(storage, changed)

    with pytest.raises(StaleEntity):
        await delete_user(storage, user)

    assert await storage.users.get(user.id) == changed


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (UserSort.OLDEST_FIRST, ["b", "c", "a"]),
        (UserSort.NEWEST_FIRST, ["a", "c", "b"]),
        (UserSort.EMAIL, ["a", "b", "c"]),
        (UserSort.EMAIL_DESCENDING, ["c", "b", "a"]),
    ],
)
async def test_pages_hold_each_entity_once_in_order(
    storage: Storage,
    add_user: AddUser,
    sort: UserSort,
    size: int,
    expected: list[str],
) -> None:
    for letter in ["b", "c", "a"]:
        await add_user(f"{letter}@example.com")

    emails = await listed(storage, UserQuery(sort=sort, size=size))

    assert emails == [f"{letter}@example.com" for letter in expected]


@pytest.mark.parametrize("sort", [UserSort.OLDEST_FIRST, UserSort.NEWEST_FIRST])
async def test_ties_are_broken_by_id(
    storage: Storage,
    make_user: MakeUser,
    clock: SteppingClock,
    sort: UserSort,
) -> None:
    now = clock.now()
    made = [make_user(f"{number}@example.com") for number in range(7)]
    users = [replace(user, created_at=now, id=uuid4()) for user in made]
    async with storage.unit_of_work() as work:
        for user in users:
            await work.users.add(user)
        await work.commit()

    emails = await listed(storage, UserQuery(sort=sort, size=2))

    users.sort(key=lambda user: user.id, reverse=sort.descending)
    assert emails == [user.email for user in users]


async def test_filters_keep_matching_entities(
    storage: Storage,
    add_user: AddUser,
    clock: SteppingClock,
) -> None:
    await add_user("active@example.com")
    gone = await add_user("gone@example.com")
    await update_user(storage, gone.deactivated(at=clock.now()))

    assert await listed(storage, UserQuery(active=True)) == ["active@example.com"]
    assert await listed(storage, UserQuery(active=False)) == ["gone@example.com"]
    assert await listed(storage, UserQuery(email="GONE@example.com")) == [gone.email]
    assert await listed(storage, UserQuery(active=True, email=gone.email)) == []


async def test_last_page_has_no_next(
    storage: Storage,
    add_user: AddUser,
) -> None:
    await add_user("a@example.com")
    await add_user("b@example.com")

    page = await storage.users.list(UserQuery(size=2))

    assert page.next is None
