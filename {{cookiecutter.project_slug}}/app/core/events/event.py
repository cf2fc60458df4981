"""Events: what happened, told to those who want to hear of it once it is certain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

Payload = Mapping[str, str | int | bool | None]
"""What else there is to say of an event: only what JSON has, and no personal data.

An event is kept for as long as it takes, copied to other places, and quoted in logs: it names
whom it is about by id, and whoever needs more looks it up.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, never to be changed.

    - `id` tells it apart from all others, whoever hears of it and however often.
    - `occurred_at` is in UTC.
    - `trace` is the W3C `traceparent` of the request that caused it, if that is traced.
    """

    id: UUID
    name: str
    payload: Payload
    occurred_at: datetime
    trace: str | None = None
