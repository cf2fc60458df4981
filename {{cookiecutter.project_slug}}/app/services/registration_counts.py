"""How many people register, day by day."""

from app.core.measuring import measured
from app.models.events import Event
from app.repositories.interfaces.unit_of_work import UnitOfWork
from app.services.handlers import Handler


@measured("job")
class CountRegistrations(Handler):
    """Counts each registration on its day (UTC)."""

    name = "count_registrations"

    async def handle(self, event: Event, work: UnitOfWork) -> None:
        await work.registrations.increment(event.occurred_at.date())
