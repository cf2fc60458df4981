"""Who takes events out of the outbox, and when."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from unittest.mock import AsyncMock, Mock

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from app.core.database.errors import StorageUnavailable
from app.core.events.event import Event
from app.core.events.outbox import OutboxQueue
from app.core.events.outbox_message import Backlog, OutboxEntry
from app.core.events.relay import (
    FIGURES_SECONDS,
    FORGETTING_SECONDS,
    FORGOTTEN_AT_ONCE,
    HandOver,
    Relay,
    running,
)
from app.core.events.settings import DeliverySettings
from app.repositories.interfaces.storage import Storage
from tests.conftest import MakeEvent
from tests.core.jobs import ManualClock, announce, eventually

LEASE = 60

NOBODY_WAITS_FOR_IT = 60
"""Seconds; a test that needs them fails."""


class TestRelay:
    """Entries come from storage, and go to `taken`."""

    @pytest.fixture(autouse=True)
    def arrange(self, storage: Storage, make_event: MakeEvent) -> None:
        self.make_event = make_event
        self.storage = storage
        self.clock = ManualClock()
        self.taken: list[OutboxEntry] = []

    def _relay(
        self,
        hand_over: HandOver | None = None,
        *,
        poll: float = NOBODY_WAITS_FOR_IT,
        batch: int = 10,
    ) -> Relay:
        settings = DeliverySettings(poll=poll, batch=batch)
        recipient = hand_over or self._take
        return Relay(self.storage.outbox, recipient, self.clock, settings, LEASE)

    async def _take(self, entry: OutboxEntry) -> None:
        self.taken.append(entry)

    async def _announce(self) -> Event:
        event = self.make_event()
        await announce(self.storage, event)
        return event

    async def _due(self) -> Sequence[OutboxEntry]:
        now = self.clock.now()
        return await self.storage.outbox.lease(now=now, until=now, limit=99)

    async def test_what_this_process_announces_is_taken_at_once(self) -> None:
        async with running(self._relay(), grace=1):
            await asyncio.sleep(0)
            events = [await self._announce() for _ in range(3)]

            await eventually(lambda: len(self.taken) == 3)

        assert [entry.event for entry in self.taken] == events

    async def test_what_other_processes_announce_is_found_by_looking(
        self,
        other_storage: Storage,
    ) -> None:
        async with running(self._relay(poll=0.01), grace=1):
            await asyncio.sleep(0)
            await announce(other_storage, self.make_event())

            await eventually(lambda: len(self.taken) == 1)

    async def test_a_full_batch_is_followed_by_the_next_one_at_once(self) -> None:
        for _ in range(5):
            await self._announce()

        async with running(self._relay(batch=2), grace=1):
            await eventually(lambda: len(self.taken) == 5)

    async def test_who_is_told_to_stop_finishes_one_and_hands_back_the_rest(
        self,
    ) -> None:
        events = [await self._announce() for _ in range(3)]

        async def take_and_stop(entry: OutboxEntry) -> None:
            relay.stop()
            await asyncio.sleep(0)
            self.taken.append(entry)

        relay = self._relay(take_and_stop)
        await relay.run()

        assert [entry.event for entry in self.taken] == events[:1]
        assert [entry.event for entry in await self._due()] == events[1:]

    async def test_who_does_not_come_to_an_end_is_cut_short(self) -> None:
        event = await self._announce()
        never_ends = AsyncMock(side_effect=_never_end)

        async with asyncio.timeout(5), running(self._relay(never_ends), grace=0.01):
            await eventually(lambda: never_ends.await_count == 1)

        assert [entry.event for entry in await self._due()] == [event]

    async def test_after_the_lease_nothing_is_handed_over_and_nothing_handed_back(
        self,
    ) -> None:
        events = [await self._announce() for _ in range(3)]
        of_another_relay: list[OutboxEntry] = []

        async def take_longer_than_leased(_entry: OutboxEntry) -> None:
            relay.stop()
            self.clock.advance(LEASE + 1)
            now = self.clock.now()
            until = now + timedelta(seconds=LEASE)
            of_another_relay.extend(
                await self.storage.outbox.lease(now=now, until=until, limit=99),
            )

        relay = self._relay(take_longer_than_leased)
        await relay.run()

        assert [entry.event for entry in of_another_relay] == events
        assert await self._due() == []

    async def test_what_is_left_after_the_lease_is_leased_anew(self) -> None:
        events = [await self._announce() for _ in range(3)]

        async def take_longer_than_leased(entry: OutboxEntry) -> None:
            self.clock.advance(LEASE + 1)
            async with self.storage.unit_of_work() as work:
                await work.outbox.finish(entry)
                await work.commit()
            await self._take(entry)

        async with running(self._relay(take_longer_than_leased, poll=0.001), grace=1):
            await eventually(lambda: len(self.taken) == 3)

        assert [entry.event for entry in self.taken] == events

    async def test_what_cannot_be_handed_over_is_handed_back_and_tried_again(
        self,
    ) -> None:
        events = [await self._announce() for _ in range(3)]
        failures = [ConnectionError("secret"), ConnectionError("secret")]

        async def fail_at_first(entry: OutboxEntry) -> None:
            if failures:
                raise failures.pop()
            await self._take(entry)

        with capture_logs() as logs:
            async with running(self._relay(fail_at_first, poll=0.01), grace=1):
                await eventually(lambda: len(self.taken) == 3)

        assert [entry.event for entry in self.taken] == events
        reasons = [log["reason"] for log in logs if log["event"] == "relay_interrupted"]
        assert reasons == ["ConnectionError", "ConnectionError"]

    async def test_relay_clock_set_back_delivers_after_the_next_look(self) -> None:
        event = await self._announce()
        self.clock.advance((event.occurred_at - self.clock.now()).total_seconds())
        self.clock.set_back(3600)

        async with running(self._relay(poll=0.001), grace=1):
            await eventually(lambda: len(self.taken) == 1)

    async def test_relay_clock_set_back_during_a_lease_hands_nothing_back_late(
        self,
    ) -> None:
        await self._announce()
        await self._announce()

        async def take_longer_than_leased(_entry: OutboxEntry) -> None:
            relay.stop()
            self.clock.advance(LEASE + 1)
            self.clock.set_back(3600)

        relay = self._relay(take_longer_than_leased)
        await relay.run()

        assert await self._due() == []

    async def test_how_much_there_is_to_deliver_is_shown(self) -> None:
        event = await self._announce()
        self.clock = ManualClock()
        self.clock.advance((event.occurred_at - self.clock.now()).total_seconds() - 1)

        async with running(self._relay(poll=0.001), grace=1):
            await eventually(lambda: _figure("outbox_lag_seconds") == -1)
            assert _figure("outbox_pending") == 1
            assert _figure("outbox_dead") == 0

    async def test_figures_stay_current_while_something_never_ends(self) -> None:
        await self._announce()
        never_ends = AsyncMock(side_effect=_never_end)

        async with running(self._relay(never_ends, poll=0.001), grace=0.01):
            await eventually(lambda: never_ends.await_count == 1)
            await self._announce()
            self.clock.advance(FIGURES_SECONDS)

            await eventually(lambda: _figure("outbox_pending") == 2)


class TestInterruptions:
    """The queue is replaced, and fails as it is told."""

    @pytest.fixture(autouse=True)
    def arrange(self) -> None:
        self.queue = Mock(spec=OutboxQueue, arrivals=asyncio.Event())
        self.queue.lease.return_value = []
        self.queue.backlog.return_value = Backlog(pending=0, oldest=None, dead=0)
        self.queue.forget_accepted.return_value = 0
        self.clock = ManualClock()
        settings = DeliverySettings(poll=0.001)
        self.relay = Relay(self.queue, AsyncMock(), self.clock, settings, LEASE)

    @pytest.mark.parametrize("failure", [StorageUnavailable("gone"), ValueError("?")])
    async def test_whatever_goes_wrong_the_relay_goes_on(
        self,
        failure: Exception,
    ) -> None:
        self.queue.lease.side_effect = [failure, failure, *[[]] * 1000]

        async with running(self.relay, grace=1):
            await eventually(lambda: self.queue.lease.await_count >= 4)

    async def test_a_relay_that_waits_for_storage_stops_when_told(self) -> None:
        self.queue.lease.side_effect = StorageUnavailable("gone")
        settings = DeliverySettings(poll=NOBODY_WAITS_FOR_IT)
        relay = Relay(self.queue, AsyncMock(), self.clock, settings, LEASE)

        async with asyncio.timeout(5), running(relay, grace=4):
            await eventually(lambda: self.queue.lease.await_count == 1)

    async def test_nothing_is_handed_back_where_nothing_was_leased(self) -> None:
        async with running(self.relay, grace=1):
            await eventually(lambda: self.queue.lease.await_count >= 3)

        self.queue.release.assert_not_awaited()

    async def test_figures_are_shown_again_once_storage_answers(self) -> None:
        backlog = Backlog(pending=7, oldest=None, dead=3)
        self.queue.backlog.side_effect = [StorageUnavailable("gone"), backlog]

        with capture_logs() as logs:
            async with running(self.relay, grace=1):
                await eventually(lambda: self.queue.backlog.await_count == 1)
                self.clock.advance(FIGURES_SECONDS)
                await eventually(lambda: self.queue.backlog.await_count == 2)

        assert (_figure("outbox_pending"), _figure("outbox_dead")) == (7, 3)
        [missed] = [it for it in logs if it["event"] == "outbox_not_looked_after"]
        assert missed["reason"] == "StorageUnavailable: gone"

    async def test_relay_clock_set_back_keeps_showing_figures(self) -> None:
        async with running(self.relay, grace=1):
            await eventually(lambda: _figure("outbox_dead") == 0)
            self.clock.set_back(3600)
            dead = Backlog(pending=0, oldest=None, dead=1)
            self.queue.backlog.return_value = dead
            self.clock.advance(FIGURES_SECONDS)

            await eventually(lambda: _figure("outbox_dead") == 1)

    async def test_old_notes_are_forgotten_once_an_hour(self) -> None:
        async with running(self.relay, grace=1):
            await eventually(lambda: self.queue.lease.await_count >= 5)
            assert self.queue.forget_accepted.await_count == 1

            self.clock.advance(FORGETTING_SECONDS)
            await eventually(lambda: self.queue.forget_accepted.await_count == 2)

        before, limit = self.queue.forget_accepted.await_args.args
        assert self.clock.now() - before == timedelta(days=30)
        assert limit == FORGOTTEN_AT_ONCE

    async def test_old_notes_are_forgotten_until_there_are_none_left(self) -> None:
        full = FORGOTTEN_AT_ONCE
        self.queue.forget_accepted.side_effect = [full, full, full - 1]

        async with running(self.relay, grace=1):
            await eventually(lambda: self.queue.forget_accepted.await_count == 3)
            await eventually(lambda: self.queue.lease.await_count >= 5)

        assert self.queue.forget_accepted.await_count == 3

    async def test_forgetting_that_fails_is_not_tried_with_each_look(self) -> None:
        self.queue.forget_accepted.side_effect = StorageUnavailable("gone")

        async with running(self.relay, grace=1):
            await eventually(lambda: self.queue.forget_accepted.await_count == 1)
            self.clock.advance(FIGURES_SECONDS)
            await eventually(lambda: self.queue.backlog.await_count == 2)
            assert self.queue.forget_accepted.await_count == 1

            self.clock.advance(FORGETTING_SECONDS)
            await eventually(lambda: self.queue.forget_accepted.await_count == 2)


async def _never_end(_entry: OutboxEntry) -> None:
    await asyncio.Event().wait()


def _figure(name: str) -> float | None:
    return REGISTRY.get_sample_value(name)
