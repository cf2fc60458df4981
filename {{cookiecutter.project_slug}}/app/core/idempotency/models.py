"""Requests that may be repeated, and happen once.

Source: draft-ietf-httpapi-idempotency-key-header,
https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT_FOR = timedelta(hours=24)
"""How long at least a repeated request is recognised."""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """Names one request, and says what it asks for; both in 64 hexadecimal digits.

    Both are made from what the client sent, and tell nothing about it: it may be a password.
    """

    id: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """What came of a request. `result` is JSON in ASCII, up to 64 kB; None until it is done."""

    id: str
    fingerprint: str
    created_at: datetime
    result: str | None = None
