"""What every `RegistrationCounts` promises."""

import asyncio
from datetime import date, timedelta

from app.repositories.interfaces.storage import Storage

DAY = date(2026, 1, 31)


async def _increment(storage: Storage, day: date) -> None:
    async with storage.unit_of_work() as work:
        await work.registrations.increment(day)
        await work.commit()


async def test_nothing_was_counted_at_first(storage: Storage) -> None:
    assert await storage.registrations.by_day(date.min, date.max) == {}


async def test_each_day_is_counted_by_itself(storage: Storage) -> None:
    for day in [DAY, DAY + timedelta(days=1), DAY]:
        await _increment(storage, day)

    counts = await storage.registrations.by_day(DAY, DAY + timedelta(days=1))

    assert list(counts.items()) == [(DAY, 2), (DAY + timedelta(days=1), 1)]


async def test_only_the_days_asked_for_are_returned(storage: Storage) -> None:
    for offset in [-1, 0, 1]:
        await _increment(storage, DAY + timedelta(days=offset))

    assert await storage.registrations.by_day(DAY, DAY) == {DAY: 1}


async def test_as_many_days_are_returned_as_there_are(storage: Storage) -> None:
    days = [DAY + timedelta(days=offset) for offset in range(150)]
    async with storage.unit_of_work() as work:
        for day in days:
            await work.registrations.increment(day)
        await work.commit()

    assert list(await storage.registrations.by_day(DAY, date.max)) == days


async def test_a_count_is_undone_with_its_unit_of_work(storage: Storage) -> None:
    async with storage.unit_of_work() as work:
        await work.registrations.increment(DAY)

        assert await work.registrations.by_day(DAY, DAY) == {DAY: 1}

    assert await storage.registrations.by_day(DAY, DAY) == {}


async def test_none_of_many_counts_at_once_is_lost(storage: Storage) -> None:
    await asyncio.gather(*(_increment(storage, DAY) for _ in range(8)))

    assert await storage.registrations.by_day(DAY, DAY) == {DAY: 8}
