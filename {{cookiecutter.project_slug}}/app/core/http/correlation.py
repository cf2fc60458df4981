"""Correlation ids: they join an answer, its log events and the caller's own."""

import re
import secrets
from collections.abc import Iterable

HEADER = "X-Request-ID"
RAW_HEADER = HEADER.lower().encode()

_VALID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


def correlation_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the caller's `X-Request-ID` if it is short and harmless, else a new id."""
    for name, value in headers:
        if name == RAW_HEADER:
            if _VALID.fullmatch(value):
                return value.decode()
            break
    return secrets.token_hex(16)
