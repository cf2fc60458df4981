"""A trace goes on where the event that it made is handled."""

from app.core.events.dispatcher import Deliverer
from app.core.events.outbox_message import OutboxEntry
from app.core.events.settings import DeliverySettings
from app.core.observability.tracing import continued_from
from app.models.events import UserRegistered
from app.models.user import UserDetails
from app.repositories.interfaces.storage import Storage
from app.services.registration_counts import CountRegistrations
from tests.core.jobs import ManualClock, user_service
from tests.core.observability.spans import Spans

ADA = UserDetails(email="ada@example.com", name="Ada")


async def _deliver_next(storage: Storage, clock: ManualClock) -> OutboxEntry:
    now = clock.now()
    [entry] = await storage.outbox.lease(now=now, until=now, limit=1)
    handlers = {UserRegistered.NAME: [CountRegistrations()]}
    deliverer = Deliverer(storage, handlers, clock, DeliverySettings())
    await deliverer.deliver(entry.event.id, entry.attempts)
    return entry


async def test_what_handles_an_event_belongs_to_the_trace_of_the_request(
    storage: Storage,
    spans: Spans,
) -> None:
    clock = ManualClock()
    with continued_from(None, "request"):
        await user_service(storage, clock).register(ADA)

    await _deliver_next(storage, clock)

    handled = spans.named("CountRegistrations.handle")
    names = ["request", "UserService.register_within", "deliver user_registered"]
    assert [name for name in spans.path_to(handled) if name in names] == names


async def test_an_event_that_was_not_traced_begins_a_trace(
    storage: Storage,
    spans: Spans,
) -> None:
    clock = ManualClock()
    await user_service(storage, clock).register(ADA)

    entry = await _deliver_next(storage, clock)

    assert entry.event.trace is None
    assert spans.named("deliver user_registered").parent is None
