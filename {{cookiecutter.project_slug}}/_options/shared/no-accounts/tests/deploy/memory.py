"""What memory a process of the service may take."""

from app.core.settings import Settings
from tests.deploy.image import IDLE_BYTES


def bytes_needed(settings: Settings) -> int:
    """Return what a process may take: as many of the largest requests as are let in."""
    http = settings.http
    bodies = http.max_concurrent * http.max_body_bytes + http.max_incomplete_bytes
    heads = http.max_connections * (http.max_url_bytes + http.max_header_bytes)
    return IDLE_BYTES + heads + bodies
