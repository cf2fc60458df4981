"""Events of this service: what happens to its things."""

from uuid import UUID

from app.core.events.event import Event
from app.models.user import User


class UserRegistered:
    """Somebody was registered. The payload has `user_id`."""

    NAME = "user_registered"

    @classmethod
    def of(cls, user: User, *, event_id: UUID, trace: str | None = None) -> Event:
        """Return the event that announces a new user."""
        return Event(
            id=event_id,
            name=cls.NAME,
            payload={"user_id": str(user.id)},
            occurred_at=user.created_at,
            trace=trace,
        )
