"""How events are handled: in the process that serves requests."""

from app.core.delivery import DeliverySettings


class JobSettings(DeliverySettings):
    """There is nothing to set but how events are delivered."""
