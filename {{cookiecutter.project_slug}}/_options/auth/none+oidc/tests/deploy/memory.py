"""What memory a process of the service may take."""

from app.core.settings import Settings
from tests.deploy.image import IDLE_BYTES


def bytes_needed(settings: Settings) -> int:
    """Return what a process may take: as many of the largest bodies as are let in at a time."""
    bodies = settings.http.max_concurrent * settings.http.max_body_bytes
    return IDLE_BYTES + bodies
