"""What every `IdempotencyRecords` promises."""

import asyncio
from dataclasses import replace
from secrets import token_hex

import pytest

from app.core.database.errors import DuplicateKey, TransactionLost
from app.core.idempotency.models import IdempotencyRecord
from app.models.user import UserQuery
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeUser, SteppingClock


@pytest.fixture
def record(clock: SteppingClock) -> IdempotencyRecord:
    return IdempotencyRecord(
        id=token_hex(32),
        fingerprint=token_hex(32),
        created_at=clock.now(),
    )


async def _add(storage: Storage, *records: IdempotencyRecord) -> None:
    async with storage.unit_of_work() as work:
        for record in records:
            await work.idempotency.add(record)
        await work.commit()


async def _get(storage: Storage, record_id: str) -> IdempotencyRecord | None:
    async with storage.unit_of_work() as work:
        return await work.idempotency.get_record(record_id)


async def test_a_finished_record_is_read_back_as_it_was(
    storage: Storage,
    record: IdempotencyRecord,
) -> None:
    finished = replace(record, result='{"name": "Zo\\u00eb"}')

    async with storage.unit_of_work() as work:
        await work.idempotency.add(record)
        await work.idempotency.finish(finished)
        await work.commit()

    assert await _get(storage, record.id) == finished
    assert await _get(storage, token_hex(32)) is None


async def test_an_id_is_stored_once(
    storage: Storage,
    record: IdempotencyRecord,
) -> None:
    await _add(storage, record)

    with pytest.raises(DuplicateKey):
        await _add(storage, replace(record, fingerprint=token_hex(32)))

    assert await _get(storage, record.id) == record


async def test_a_record_is_undone_with_its_unit_of_work(
    storage: Storage,
    record: IdempotencyRecord,
) -> None:
    async with storage.unit_of_work() as work:
        await work.idempotency.add(record)

    assert await _get(storage, record.id) is None
    await _add(storage, record)


@pytest.mark.parametrize("commits", [True, False])
async def test_whoever_adds_the_same_id_waits_for_the_first_to_be_done(
    storage: Storage,
    record: IdempotencyRecord,
    make_user: MakeUser,
    commits: bool,
) -> None:
    added, waiting = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with storage.unit_of_work() as work:
            await work.idempotency.add(record)
            added.set()
            await waiting.wait()
            await asyncio.sleep(0)
            if commits:
                await work.commit()

    async def second() -> None:
        await added.wait()
        waiting.set()
        async with storage.unit_of_work() as work:
            await work.idempotency.add(record)
            await work.users.add(make_user())
            await work.commit()

    outcomes = await asyncio.gather(first(), second(), return_exceptions=True)

    assert outcomes[0] is None
    assert isinstance(outcomes[1], DuplicateKey) == commits
    users = (await storage.users.list(UserQuery())).items
    assert len(users) == (0 if commits else 1)


async def test_of_many_that_add_the_same_id_at_once_all_but_one_are_told(
    storage: Storage,
    record: IdempotencyRecord,
) -> None:
    outcomes = await asyncio.gather(
        *(_add(storage, record) for _ in range(8)),
        return_exceptions=True,
    )

    refusals = [outcome for outcome in outcomes if outcome is not None]
    assert len(refusals) == 7
    for refusal in refusals:
        assert isinstance(refusal, DuplicateKey | TransactionLost)


async def test_old_records_are_purged_in_batches(
    storage: Storage,
    clock: SteppingClock,
) -> None:
    records = [
        IdempotencyRecord(
            id=token_hex(32),
            fingerprint=token_hex(32),
            created_at=clock.now(),
        )
        for _ in range(5)
    ]
    await _add(storage, *records)
    limit = records[3].created_at

    async def purge() -> int:
        async with storage.unit_of_work() as work:
            purged = await work.idempotency.purge(before=limit, limit=2)
            await work.commit()
        return purged

    assert [await purge() for _ in range(3)] == [2, 1, 0]
    left = [await _get(storage, of.id) is not None for of in records]
    assert left == [False, False, False, True, True]
