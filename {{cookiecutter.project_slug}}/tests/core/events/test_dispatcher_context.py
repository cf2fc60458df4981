"""What logs and traces say while an event is delivered."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from opentelemetry.trace import SpanKind
from structlog.contextvars import get_contextvars

from app.core.events.dispatcher import Deliverer
from app.core.events.event import Event
from app.core.events.handlers import Handler
from app.core.events.settings import DeliverySettings
from app.models.events import UserRegistered
from app.repositories.interfaces.storage import Storage, UnitOfWork
from app.services.registration_counts import CountRegistrations
from tests.conftest import MakeEvent
from tests.core.jobs import ManualClock, announce
from tests.core.observability.spans import Spans

TRACE = "0af7651916cd43dd8448eb211c80319c"


class Looking(Handler[UnitOfWork]):
    """Keeps what is bound to log events while it runs."""

    name = "looking"

    def __init__(self) -> None:
        self.seen: Mapping[str, Any] = {}

    async def handle(self, event: Event, work: UnitOfWork) -> None:
        self.seen = get_contextvars()


async def _deliver(
    storage: Storage,
    event: Event,
    handler: Handler[UnitOfWork],
) -> None:
    await announce(storage, event)
    handlers = {UserRegistered.NAME: [handler]}
    deliverer = Deliverer(storage, handlers, ManualClock(), DeliverySettings())
    await deliverer.deliver(event.id, 0)


async def test_log_events_of_a_handler_name_the_event(
    storage: Storage,
    make_event: MakeEvent,
) -> None:
    event, handler = make_event(), Looking()

    await _deliver(storage, event, handler)

    assert handler.seen["event_id"] == str(event.id)
    assert handler.seen["event_name"] == "user_registered"
    assert "event_id" not in get_contextvars()


async def test_a_handler_is_part_of_the_trace_that_caused_the_event(
    spans: Spans,
    storage: Storage,
    make_event: MakeEvent,
) -> None:
    event = replace(make_event(), trace=f"00-{TRACE}-b7ad6b7169203331-01")

    await _deliver(storage, event, CountRegistrations())

    handled = spans.named("CountRegistrations.handle")
    assert spans.path_to(handled) == ["deliver user_registered", handled.name]
    assert handled.context is not None
    assert f"{handled.context.trace_id:032x}" == TRACE
    assert spans.named("deliver user_registered").kind is SpanKind.CONSUMER
