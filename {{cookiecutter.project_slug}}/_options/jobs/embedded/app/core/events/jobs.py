"""How events are handled: in the process that serves requests."""

from collections.abc import Mapping

from app.core.events.settings import DeliverySettings
from app.core.observability.health_checks import Check


class JobSettings(DeliverySettings):
    """There is nothing to set but how events are delivered."""


def broker_checks(_settings: JobSettings) -> Mapping[str, Check]:
    """Return no checks: nothing stands between those who announce and those who handle."""
    return {}
