"""What every `Inbox` promises."""

import asyncio
from uuid import uuid4

import pytest

from app.core.database.errors import RepositoryError
from app.core.events.event import Event
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeEvent, SteppingClock


@pytest.fixture
def event(make_event: MakeEvent) -> Event:
    return make_event()


async def _accept(storage: Storage, event: Event, handler: str = "count") -> bool:
    async with storage.unit_of_work() as work:
        accepted = await work.inbox.accept(handler, event.id, at=event.occurred_at)
        await work.commit()
    return accepted


async def test_a_handler_accepts_an_event_once(storage: Storage, event: Event) -> None:
    assert [await _accept(storage, event) for _ in range(3)] == [True, False, False]


async def test_each_handler_accepts_for_itself(storage: Storage, event: Event) -> None:
    await _accept(storage, event, "count")

    assert await _accept(storage, event, "welcome")


async def test_what_was_undone_was_not_accepted(storage: Storage, event: Event) -> None:
    async with storage.unit_of_work() as work:
        await work.inbox.accept("count", event.id, at=event.occurred_at)

    assert await _accept(storage, event)


async def test_of_many_who_accept_an_event_at_once_one_does(
    storage: Storage,
    event: Event,
) -> None:
    async def accept() -> bool:
        try:
            return await _accept(storage, event)
        except RepositoryError:
            return False

    outcomes = await asyncio.gather(*(accept() for _ in range(8)))

    assert outcomes.count(True) == 1


async def test_old_notes_are_forgotten_unless_the_event_is_on_its_way(
    storage: Storage,
    make_event: MakeEvent,
    clock: SteppingClock,
) -> None:
    pending, old, new = make_event(), make_event(), make_event()
    async with storage.unit_of_work() as work:
        await work.outbox.add(pending)
        for event in [pending, old, new]:
            await work.inbox.accept("count", event.id, at=event.occurred_at)
        await work.commit()

    assert await storage.outbox.forget_accepted(new.occurred_at, limit=10) == 1

    assert await _accept(storage, old)
    assert not await _accept(storage, pending)
    assert not await _accept(storage, new)


async def test_old_notes_are_forgotten_in_batches_even_those_of_one_event(
    storage: Storage,
    event: Event,
    clock: SteppingClock,
) -> None:
    handlers = [f"handler {number}" for number in range(5)]
    for handler in handlers:
        await _accept(storage, event, handler)
    before = clock.now()

    batches = [await storage.outbox.forget_accepted(before, limit=2) for _ in range(4)]

    assert batches == [2, 2, 1, 0]
    assert all([await _accept(storage, event, handler) for handler in handlers])


async def test_nothing_is_forgotten_where_nothing_is_noted(
    storage: Storage,
    clock: SteppingClock,
) -> None:
    assert await storage.outbox.forget_accepted(clock.now(), limit=10) == 0
    assert await storage.outbox.requeue(uuid4()) == 0
