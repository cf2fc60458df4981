"""How many people register, day by day."""

from app.core.events.event import Event
from app.core.events.handlers import Handler
from app.core.observability.instrumentation import measured
from app.repositories.interfaces.storage import UnitOfWork


@measured("job")
class CountRegistrations(Handler[UnitOfWork]):
    """Counts each registration on its day (UTC)."""

    name = "count_registrations"

    async def handle(self, event: Event, work: UnitOfWork) -> None:
        await work.registrations.increment(event.occurred_at.date())
