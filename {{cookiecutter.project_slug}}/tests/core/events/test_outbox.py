"""What every `Outbox` and `OutboxQueue` promise."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.core.database.errors import StaleDelivery
from app.core.events.event import Event, Payload
from app.core.events.outbox_message import MAX_REASON_LENGTH, Backlog, OutboxEntry
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeEvent
from tests.core import jobs

Announce = Callable[..., Awaitable[Event]]

NOW = datetime(2026, 2, 1, tzinfo=UTC)
"""Later than every event of these tests."""

LATER = NOW + timedelta(minutes=1)
LATEST = NOW + timedelta(minutes=2)


@pytest.fixture
def announce(storage: Storage, make_event: MakeEvent) -> Announce:
    """Stores an event and returns it."""

    async def announce(event: Event | None = None) -> Event:
        event = event or make_event()
        await jobs.announce(storage, event)
        return event

    return announce


async def _lease(
    storage: Storage,
    now: datetime = NOW,
    until: datetime = LATER,
    limit: int = 10,
) -> list[OutboxEntry]:
    return list(await storage.outbox.lease(now=now, until=until, limit=limit))


async def _begin(storage: Storage, event: Event, attempts: int = 0) -> OutboxEntry:
    entry = await storage.outbox.begin(event.id, attempts, until=LATER)
    assert entry is not None
    return entry


async def _finish(storage: Storage, entry: OutboxEntry) -> None:
    async with storage.unit_of_work() as work:
        await work.outbox.finish(entry)
        await work.commit()


async def _bury(storage: Storage, event: Event) -> OutboxEntry:
    entry = await _begin(storage, event)
    await storage.outbox.bury(entry, at=NOW, reason="ValueError")
    return replace(entry, last_error="ValueError", dead_at=NOW)


async def test_an_event_is_read_back_as_it_was(
    storage: Storage,
    announce: Announce,
    make_event: MakeEvent,
) -> None:
    payload: Payload = {"user_id": "ü", "count": 3, "first": True, "by": None}
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    event = await announce(replace(make_event(), payload=payload, trace=trace))

    assert await _lease(storage) == [OutboxEntry(event=event)]


async def test_an_event_is_announced_by_the_commit_and_not_before(
    storage: Storage,
    make_event: MakeEvent,
) -> None:
    async with storage.unit_of_work() as work:
        await work.outbox.add(make_event())
        assert not storage.outbox.arrivals.is_set()
        await work.commit()

    assert storage.outbox.arrivals.is_set()
    assert len(await _lease(storage)) == 1


async def test_a_rolled_back_event_was_never_announced(
    storage: Storage,
    make_event: MakeEvent,
) -> None:
    async with storage.unit_of_work() as work:
        await work.outbox.add(make_event())

    assert await _lease(storage) == []


async def test_a_unit_of_work_without_events_wakes_nobody(storage: Storage) -> None:
    async with storage.unit_of_work() as work:
        await work.commit()

    assert not storage.outbox.arrivals.is_set()


async def test_entries_are_leased_in_the_order_in_which_they_occurred(
    storage: Storage,
    announce: Announce,
    make_event: MakeEvent,
) -> None:
    events = [make_event() for _ in range(3)]
    for event in reversed(events):
        await announce(event)

    first = await _lease(storage, limit=2)
    rest = await _lease(storage, limit=2)

    assert [entry.event for entry in first] == events[:2]
    assert [entry.event for entry in rest] == events[2:]


async def test_an_event_that_has_not_occurred_yet_is_not_due(
    storage: Storage,
    announce: Announce,
) -> None:
    event = await announce()

    assert await _lease(storage, event.occurred_at - timedelta(seconds=1)) == []
    assert len(await _lease(storage, event.occurred_at)) == 1


async def test_a_leased_entry_is_due_again_when_the_lease_ends(
    storage: Storage,
    announce: Announce,
) -> None:
    await announce()
    leased = await _lease(storage)

    assert await _lease(storage, LATER - timedelta(seconds=1)) == []
    assert await _lease(storage, LATER, LATEST) == leased


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=30)])
async def test_a_lease_that_ends_at_once_gives_each_entry_once(
    storage: Storage,
    announce: Announce,
    until: datetime,
) -> None:
    events = [await announce() for _ in range(3)]

    for _ in range(2):
        leased = await _lease(storage, until=until)
        assert {entry.event.id for entry in leased} == {event.id for event in events}
        assert len(leased) == 3


async def test_many_who_lease_at_once_never_get_the_same_entry(
    storage: Storage,
    announce: Announce,
) -> None:
    events = {(await announce()).id for _ in range(12)}

    batches = await asyncio.gather(*(_lease(storage, limit=3) for _ in range(8)))
    # What others had locked when it was asked for is still there.
    batches.append(await _lease(storage, limit=12))

    leased = [entry.event.id for batch in batches for entry in batch]
    assert len(leased) == len(set(leased))
    assert set(leased) == events


async def test_of_many_who_begin_an_attempt_at_once_one_does(
    storage: Storage,
    announce: Announce,
) -> None:
    event = await announce()

    begun = await asyncio.gather(
        *(storage.outbox.begin(event.id, 0, until=LATER) for _ in range(8)),
    )

    assert [entry for entry in begun if entry] == [OutboxEntry(event=event, attempts=1)]


async def test_an_attempt_that_began_is_due_again_when_its_time_is_up(
    storage: Storage,
    announce: Announce,
) -> None:
    entry = await _begin(storage, await announce())

    assert await _lease(storage) == []
    assert await _lease(storage, LATER, LATEST) == [entry]


async def test_a_finished_entry_is_gone(storage: Storage, announce: Announce) -> None:
    event = await announce()
    entry = await _begin(storage, event)

    await _finish(storage, entry)

    assert await _lease(storage, LATEST) == []
    assert await storage.outbox.begin(event.id, 1, until=LATER) is None
    with pytest.raises(StaleDelivery):
        await _finish(storage, entry)


async def test_only_the_latest_attempt_may_say_how_it_ended(
    storage: Storage,
    announce: Announce,
) -> None:
    event = await announce()
    first = await _begin(storage, event)
    second = await _begin(storage, event, attempts=1)

    with pytest.raises(StaleDelivery):
        await _finish(storage, first)
    assert not await storage.outbox.postpone(first, until=NOW, reason="late")
    assert not await storage.outbox.bury(first, at=NOW, reason="late")
    await storage.outbox.release([first])

    assert await _lease(storage) == []
    await _finish(storage, second)


async def test_a_finish_is_undone_with_its_unit_of_work(
    storage: Storage,
    announce: Announce,
) -> None:
    entry = await _begin(storage, await announce())

    async with storage.unit_of_work() as work:
        await work.outbox.finish(entry)

    await _finish(storage, entry)


async def test_a_postponed_entry_is_due_when_it_says_and_knows_why(
    storage: Storage,
    announce: Announce,
) -> None:
    entry = await _begin(storage, await announce())
    reason = "ü" * MAX_REASON_LENGTH

    assert await storage.outbox.postpone(entry, until=LATER, reason=reason)

    assert await _lease(storage) == []
    assert await _lease(storage, LATER, LATEST) == [replace(entry, last_error=reason)]


async def test_what_is_handed_back_is_due_at_once_and_in_its_order(
    storage: Storage,
    announce: Announce,
) -> None:
    for _ in range(3):
        await announce()
    leased = await _lease(storage, limit=2)

    await storage.outbox.release(leased[1:])

    again = await _lease(storage)
    assert again[0] == leased[1]
    assert len(again) == 2


async def test_a_dead_letter_is_listed_and_never_due(
    storage: Storage,
    announce: Announce,
) -> None:
    dead = await _bury(storage, await announce())

    assert list(await storage.outbox.list_dead(limit=10)) == [dead]
    assert await _lease(storage, LATEST) == []
    assert await storage.outbox.begin(dead.event.id, 1, until=LATER) is None


async def test_dead_letters_are_listed_oldest_first_and_no_more_than_asked_for(
    storage: Storage,
    announce: Announce,
) -> None:
    events = [await announce() for _ in range(3)]
    for event in reversed(events):
        await _bury(storage, event)

    dead = await storage.outbox.list_dead(limit=2)

    assert [entry.event for entry in dead] == events[:2]


async def test_a_requeued_dead_letter_starts_afresh(
    storage: Storage,
    announce: Announce,
) -> None:
    dead, other = [await _bury(storage, await announce()) for _ in range(2)]

    assert await storage.outbox.requeue(dead.event.id) == 1

    assert [entry.event for entry in await _lease(storage)] == [dead.event]
    assert (await _begin(storage, dead.event)).attempts == 1
    assert list(await storage.outbox.list_dead(limit=10)) == [other]


async def test_all_dead_letters_can_be_requeued_at_once(
    storage: Storage,
    announce: Announce,
) -> None:
    pending = await announce()
    for _ in range(2):
        await _bury(storage, await announce())

    assert await storage.outbox.requeue() == 2

    assert await storage.outbox.requeue(pending.id) == 0
    assert len(await _lease(storage)) == 3


async def test_the_backlog_counts_what_is_pending_and_what_is_dead(
    storage: Storage,
    announce: Announce,
) -> None:
    assert await storage.outbox.backlog() == Backlog(pending=0, oldest=None, dead=0)
    dead, first, _second = [await announce() for _ in range(3)]

    await _bury(storage, dead)

    expected = Backlog(pending=2, oldest=first.occurred_at, dead=1)
    assert await storage.outbox.backlog() == expected


async def test_hasten_makes_due_only_what_is_due_after_the_latest_time(
    storage: Storage,
    announce: Announce,
) -> None:
    late, leased, dead = [await announce() for _ in range(3)]
    await storage.outbox.begin(late.id, 0, until=LATEST + timedelta(seconds=1))
    await storage.outbox.begin(leased.id, 0, until=LATEST)
    await _bury(storage, dead)

    assert await storage.outbox.hasten(now=NOW, latest=LATEST) == 1
    assert await storage.outbox.hasten(now=NOW, latest=LATEST) == 0
    assert [entry.event for entry in await _lease(storage)] == [late]
    assert [entry.event for entry in await storage.outbox.list_dead(9)] == [dead]
