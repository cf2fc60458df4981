"""Cursors: opaque text that says where the next page starts."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

from app.models.page import Position

_MALFORMED = (
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What reading an invented cursor may raise."""


class InvalidCursor(ValueError):
    """This is not a cursor that this service gave out for this order."""

    def __init__(self) -> None:
        super().__init__("this cursor was not given out for this order")


def encode_cursor(position: Position | None, order: str) -> str | None:
    """Return a position as text that can stand in a query string as it is."""
    if position is None:
        return None
    value = position.value
    text = value.isoformat() if isinstance(value, datetime) else value
    content = json.dumps([order, text, position.id.hex], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, order: str) -> Position:
    """Return the position that a cursor stands for.

    Raises:
        InvalidCursor: it is damaged, invented, or belongs to another order.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        content = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        cursor_order, text, identifier = content
        if cursor_order != order:
            raise InvalidCursor
        by_time = order.removeprefix("-").endswith("_at")
        value = _moment(text) if by_time else _text(text)
        return Position(value=value, id=UUID(hex=identifier))
    except _MALFORMED as error:
        raise InvalidCursor from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise InvalidCursor
    return moment.astimezone(UTC)


def _text(text: str) -> str:
    """Return text as it is, if storage could ever have held it."""
    if not text.isprintable():
        raise InvalidCursor
    return text
