"""Identifiers that sort by the time they were made, so that indexes grow at one end."""

import secrets
from datetime import datetime
from uuid import UUID

_RANDOM_BITS = 74


def new_id(at: datetime) -> UUID:
    """Return a version 7 UUID: milliseconds since 1970, then 74 random bits.

    Source: RFC 9562, section 5.7.
    """
    random = secrets.randbits(_RANDOM_BITS)
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    version = 0x7 << 76
    variant = 0b10 << 62
    high, low = random >> 62, random & (1 << 62) - 1
    return UUID(int=milliseconds << 80 | version | high << 64 | variant | low)
