"""What every `UnitOfWork` promises."""

import asyncio

import pytest

from app.core.database.errors import RepositoryError
from app.models.user import UserChanges, UserQuery
from app.repositories.interfaces.storage import Storage
from app.repositories.interfaces.users import DuplicateEmail
from tests.conftest import MakeUser, SteppingClock

pytestmark = pytest.mark.usefixtures("uncached_and_cached")


class Interrupted(Exception):
    """Something went wrong in the middle of a unit of work."""


async def test_what_is_committed_lasts(storage: Storage, make_user: MakeUser) -> None:
    user = make_user()

    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()

    assert await storage.users.get(user.id) == user


async def test_leaving_without_commit_undoes_everything(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    user = make_user()

    async with storage.unit_of_work() as work:
        await work.users.add(user)

    assert await storage.users.get(user.id) is None


async def test_an_exception_undoes_everything(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    users = [make_user("ada@example.com"), make_user("bob@example.com")]

    with pytest.raises(Interrupted):
        async with storage.unit_of_work() as work:
            for user in users:
                await work.users.add(user)
            raise Interrupted

    assert (await storage.users.list(UserQuery())).items == ()


async def test_its_own_writes_are_seen_within_it_and_not_outside(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    user = make_user()

    async with storage.unit_of_work() as work:
        await work.users.add(user)

        assert await work.users.get(user.id) == user
        assert await storage.users.get(user.id) is None


async def test_a_failed_write_leaves_nothing_behind(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    first = make_user("ada@example.com")

    with pytest.raises(DuplicateEmail):
        async with storage.unit_of_work() as work:
            await work.users.add(first)
            await work.users.add(make_user("ada@example.com"))

    assert await storage.users.get(first.id) is None


async def test_of_many_registrations_of_one_address_at_once_one_wins(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    async def register() -> bool:
        try:
            async with storage.unit_of_work() as work:
                await work.users.add(make_user("ada@example.com"))
                await work.commit()
        except RepositoryError:
            return False
        return True

    outcomes = await asyncio.gather(*(register() for _ in range(8)))

    assert outcomes.count(True) == 1
    assert len((await storage.users.list(UserQuery())).items) == 1


async def test_of_many_changes_to_one_version_at_once_one_wins(
    storage: Storage,
    make_user: MakeUser,
    clock: SteppingClock,
) -> None:
    user = make_user()
    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()

    async def rename(number: int) -> bool:
        changes = UserChanges(name=f"Name {number}")
        try:
            async with storage.unit_of_work() as work:
                await work.users.update(user.changed(changes, at=clock.now()))
                await work.commit()
        except RepositoryError:
            return False
        return True

    outcomes = await asyncio.gather(*(rename(number) for number in range(8)))

    stored = await storage.users.get(user.id)
    assert outcomes.count(True) == 1
    assert stored is not None
    assert stored.name == f"Name {outcomes.index(True)}"


async def test_a_cancelled_unit_of_work_is_undone(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    user = make_user()
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with storage.unit_of_work() as work:
            await work.users.add(user)
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await storage.users.get(user.id) is None
    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()
    assert await storage.users.get(user.id) == user
