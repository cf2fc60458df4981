"""What repositories raise when the database refuses."""

import time
import traceback
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from app.core.database.errors import RepositoryError, StorageUnavailable
from app.core.database.settings import DatabaseSettings
from app.models.user import User, UserChanges
from app.repositories.database import open_storage
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeUser, SteppingClock
from tests.database import temporary_database


@pytest.fixture
def bare_database() -> Iterator[DatabaseSettings]:
    """A database without a table."""
    with temporary_database() as settings:
        yield settings


@pytest.fixture
async def bare_storage(bare_database: DatabaseSettings) -> AsyncIterator[Storage]:
    async with open_storage(bare_database) as storage:
        yield storage


async def _add(storage: Storage, user: User) -> None:
    async with storage.unit_of_work() as work:
        await work.users.add(user)
        await work.commit()


async def test_errors_hold_neither_statements_nor_values(
    bare_storage: Storage,
    make_user: MakeUser,
) -> None:
    user = make_user()

    with pytest.raises(RepositoryError) as caught:
        await _add(bare_storage, user)

    text = "".join(traceback.format_exception(caught.value))
    assert not isinstance(caught.value, StorageUnavailable)
    assert "INSERT INTO" not in text
    assert user.email not in text


async def test_a_text_that_does_not_fit_is_refused_and_not_cut(
    storage: Storage,
    make_user: MakeUser,
) -> None:
    user = replace(make_user(), name="x" * 101)

    with pytest.raises(RepositoryError):
        await _add(storage, user)

    assert await storage.users.get(user.id) is None


@pytest.fixture
async def storage(database_settings: DatabaseSettings) -> AsyncIterator[Storage]:
    """Storage that waits as long as in production."""
    async with open_storage(database_settings) as storage:
        yield storage


async def test_a_row_that_somebody_holds_is_not_waited_for_long(
    storage: Storage,
    make_user: MakeUser,
    clock: SteppingClock,
) -> None:
    user = make_user()
    await _add(storage, user)
    changed = user.changed(UserChanges(name="Ada King"), at=clock.now())

    async with storage.unit_of_work() as holder:
        await holder.users.update(changed)
        started = time.monotonic()
        with pytest.raises(StorageUnavailable):
            async with storage.unit_of_work() as other:
                await other.users.update(changed)
        assert time.monotonic() - started < 5
        await holder.commit()

    assert await storage.users.get(user.id) == changed
