"""What delivery promises, whatever the storage."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from functools import partial
from unittest.mock import AsyncMock

import pytest
from structlog.testing import capture_logs

from app.core.database.errors import RepositoryError
from app.core.events.dispatcher import NEVER_ENDED, NO_HANDLERS, Deliverer
from app.core.events.handlers import Handler, Handlers
from app.core.events.outbox_message import OutboxEntry
from app.core.events.relay import Relay
from app.core.events.settings import DeliverySettings
from app.models.events import UserRegistered
from app.repositories.interfaces.storage import Storage, UnitOfWork
from tests.conftest import MakeEvent
from tests.core.jobs import Counting, ManualClock, Stuck, announce, counts, delivered

ADA = "ada@example.com"
FIRST_DAY, SECOND_DAY = date(2026, 1, 1), date(2026, 1, 2)
SETTINGS = DeliverySettings(attempts=3, first_pause=8, longest_pause=60, poll=0.01)


class TestDeliverer:
    """An event is stored; `deliver` hands it to handlers as many times as wanted."""

    @pytest.fixture(autouse=True)
    async def arrange(
        self,
        storage: Storage,
        make_event: MakeEvent,
    ) -> AsyncIterator[None]:
        self.storage = storage
        self.clock = ManualClock()
        self.event = make_event()
        await announce(storage, self.event)
        with capture_logs():
            yield

    async def _deliver(
        self,
        *handlers: Handler[UnitOfWork],
        attempts: int = 0,
        settings: DeliverySettings = SETTINGS,
    ) -> None:
        registered = {UserRegistered.NAME: handlers}
        deliverer = Deliverer(self.storage, registered, self.clock, settings)
        await deliverer.deliver(self.event.id, attempts)

    async def _due(self) -> list[OutboxEntry]:
        now = self.clock.now()
        until = now + timedelta(seconds=1)
        return list(await self.storage.outbox.lease(now=now, until=until, limit=9))

    async def test_a_delivered_event_takes_effect_and_is_done(self) -> None:
        await self._deliver(Counting("count", FIRST_DAY))

        assert await counts(self.storage) == {FIRST_DAY: 1}
        assert (await self.storage.outbox.backlog()).pending == 0

    async def test_an_event_that_is_done_is_not_delivered_again(self) -> None:
        for attempts in [0, 0, 1]:
            await self._deliver(Counting("count", FIRST_DAY), attempts=attempts)

        assert await counts(self.storage) == {FIRST_DAY: 1}

    async def test_an_event_without_handlers_is_done_at_once(self) -> None:
        await self._deliver()

        assert (await self.storage.outbox.backlog()).pending == 0

    async def test_a_handler_that_fails_has_no_effect_and_gets_another_attempt(
        self,
    ) -> None:
        await self._deliver(Counting("count", FIRST_DAY, ValueError(ADA)))

        assert await counts(self.storage) == {}
        assert await self._due() == []
        self.clock.advance(8)
        [entry] = await self._due()
        assert (entry.attempts, entry.last_error) == (1, "ValueError")

    async def test_the_text_of_an_error_is_kept_only_if_it_holds_nothing_personal(
        self,
    ) -> None:
        failure = RepositoryError("x" * 1000)
        await self._deliver(Counting("count", FIRST_DAY, failure))

        self.clock.advance(8)
        [entry] = await self._due()
        assert entry.last_error is not None
        assert entry.last_error.startswith("RepositoryError: xxx")
        assert len(entry.last_error) == 200

    async def test_a_handler_that_fails_twice_succeeds_once(self) -> None:
        handler = Counting("count", FIRST_DAY, ValueError(), ValueError())

        for attempts in range(3):
            await self._deliver(handler, attempts=attempts)

        assert await counts(self.storage) == {FIRST_DAY: 1}
        assert (await self.storage.outbox.backlog()).pending == 0

    async def test_after_so_many_attempts_an_event_is_a_dead_letter(self) -> None:
        handler = Counting("count", FIRST_DAY, *[ValueError()] * 3)

        for attempts in range(3):
            await self._deliver(handler, attempts=attempts)

        [dead] = await self.storage.outbox.list_dead(limit=9)
        assert (dead.attempts, dead.last_error) == (3, "ValueError")
        assert await counts(self.storage) == {}

    async def test_a_requeued_dead_letter_is_delivered(self) -> None:
        handler = Counting("count", FIRST_DAY, *[ValueError()] * 3)
        for attempts in range(3):
            await self._deliver(handler, attempts=attempts)

        await self.storage.outbox.requeue(self.event.id)
        await self._deliver(handler)

        assert await counts(self.storage) == {FIRST_DAY: 1}

    async def test_a_handler_that_fails_keeps_no_other_from_its_work(self) -> None:
        handlers = [
            Counting("first", FIRST_DAY, ValueError()),
            Counting("second", SECOND_DAY),
        ]

        await self._deliver(*handlers)
        assert await counts(self.storage) == {SECOND_DAY: 1}

        await self._deliver(*handlers, attempts=1)
        assert await counts(self.storage) == {FIRST_DAY: 1, SECOND_DAY: 1}
        assert (await self.storage.outbox.backlog()).pending == 0

    async def test_a_handler_that_succeeded_is_not_called_again_for_another_one(
        self,
    ) -> None:
        handlers = [
            Counting("first", FIRST_DAY),
            Counting("second", SECOND_DAY, ValueError()),
        ]

        for attempts in range(2):
            await self._deliver(*handlers, attempts=attempts)

        assert await counts(self.storage) == {FIRST_DAY: 1, SECOND_DAY: 1}
        assert (await self.storage.outbox.backlog()).pending == 0

    async def test_an_event_that_only_a_newer_version_knows_is_left_to_it(self) -> None:
        deliverer = Deliverer(self.storage, {}, self.clock, SETTINGS)

        await deliverer.deliver(self.event.id, 0)

        self.clock.advance(8)
        [entry] = await self._due()
        assert entry.last_error == NO_HANDLERS

    async def test_a_handler_that_takes_too_long_is_stopped(self) -> None:
        hurried = SETTINGS.model_copy(update={"deadline": 0.05})

        await self._deliver(Stuck(), settings=hurried)

        assert await counts(self.storage) == {}
        self.clock.advance(8)
        [entry] = await self._due()
        assert entry.last_error == "no end within 0.05 s"

    async def test_what_is_cut_short_is_handed_back_at_once(self) -> None:
        stuck = Stuck()
        delivery = asyncio.create_task(self._deliver(stuck))
        await stuck.reached.wait()

        delivery.cancel()
        await asyncio.wait([delivery])

        assert delivery.cancelled()
        assert [entry.attempts for entry in await self._due()] == [1]
        assert await counts(self.storage) == {}

    @pytest.mark.parametrize("attempts", [1, 2])
    async def test_an_attempt_that_was_overtaken_does_not_say_what_becomes_of_the_event(
        self,
        monkeypatch: pytest.MonkeyPatch,
        attempts: int,
    ) -> None:
        queue, until = self.storage.outbox, self.clock.now()
        first = await queue.begin(self.event.id, 0, until=until)
        await queue.begin(self.event.id, 1, until=until)
        monkeypatch.setattr(queue, "begin", AsyncMock(return_value=first))
        failing = Counting("count", FIRST_DAY, ValueError())
        settings = SETTINGS.model_copy(update={"attempts": attempts})

        with capture_logs() as logs:
            await self._deliver(failing, settings=settings)

        assert [event["event"] for event in logs] == ["handler_failed"]
        assert [entry.attempts for entry in await self._due()] == [2]

    async def test_an_event_that_kills_whoever_handles_it_is_given_up(self) -> None:
        for attempts in range(3):
            await self.storage.outbox.begin(
                self.event.id,
                attempts,
                until=self.clock.now(),
            )

        await self._deliver(Counting("count", FIRST_DAY), attempts=3)

        [dead] = await self.storage.outbox.list_dead(limit=9)
        assert dead.last_error == NEVER_ENDED
        assert await counts(self.storage) == {}


async def test_relays_that_fight_over_every_event_deliver_each_once_in_effect(
    storage: Storage,
    make_event: MakeEvent,
) -> None:
    # What one of them takes is due for the others at once.
    settings = SETTINGS.model_copy(update={"lease": 0, "attempts": 1000})
    clock = ManualClock()
    events = [make_event() for _ in range(12)]
    await announce(storage, *events)
    handlers: Handlers[UnitOfWork] = {
        UserRegistered.NAME: [Counting("a", FIRST_DAY), Counting("b", SECOND_DAY)],
    }
    deliverer = Deliverer(storage, handlers, clock, settings)

    async def deliver(entry: OutboxEntry) -> None:
        await deliverer.deliver(entry.event.id, entry.attempts)

    relays = [Relay(storage.outbox, deliver, clock, settings, 0) for _ in range(3)]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]
    await delivered(storage, meanwhile=partial(clock.advance, 60))
    for relay in relays:
        relay.stop()
    await asyncio.gather(*tasks)

    assert await counts(storage) == {FIRST_DAY: 12, SECOND_DAY: 12}
