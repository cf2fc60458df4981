"""What memory a process of the service may take."""

from app.core.settings import Settings
from tests.deploy.image import IDLE_BYTES


def bytes_needed(settings: Settings) -> int:
    """Return what a process may take: the largest bodies, and passwords that are hashed."""
    bodies = settings.http.max_concurrent * settings.http.max_body_bytes
    passwords = settings.auth.passwords
    hashing = passwords.threads * passwords.memory_kib * 1024
    return IDLE_BYTES + bodies + hashing
