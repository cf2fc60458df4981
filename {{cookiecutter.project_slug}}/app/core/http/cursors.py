"""Cursors: opaque, signed text that says where the next page starts."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from pydantic import Secret

from app.core.pagination import PagedQuery, Position
from app.core.signing import TAG_BYTES, Signer

_PURPOSE = "cursors, form 1"
"""Names the form of their content too: a new form gets a new number, and so a new key."""

_READERS: Mapping[str, Callable[[str], datetime | str]] = {
    "str": str,
    "datetime": datetime.fromisoformat,
}


class InvalidCursor(ValueError):
    """This is not a cursor that this service gave out for this list."""

    def __init__(self) -> None:
        super().__init__("this cursor was not given out for this list")


class Cursors:
    """Turns positions into text and back.

    A cursor is bound to the order and the filters of its query, not to the size of a page.
    It is signed, not encrypted: it holds what the client has seen in the last item.
    Made once: to derive a key from the secret takes longer than to sign with it.
    """

    def __init__(self, secret: Secret[str]) -> None:
        self._signer = Signer(secret, _PURPOSE)

    def encode(self, position: Position | None, query: PagedQuery) -> str | None:
        """Return a position in a query as text that can stand in a URL as it is."""
        if position is None:
            return None
        value = position.value
        text = value.isoformat() if isinstance(value, datetime) else value
        kept = [type(value).__name__, text, position.id.hex]
        content = json.dumps(kept, ensure_ascii=False).encode()
        return _as_text(self._signer.tag(_binding(query), content) + content)

    def decode(self, cursor: str, query: PagedQuery) -> Position:
        """Return the position in a query that a cursor stands for.

        Raises:
            InvalidCursor: it is damaged, invented, or belongs to another query.
        """
        signed = _as_bytes(cursor)
        tag, content = signed[:TAG_BYTES], signed[TAG_BYTES:]
        if not self._signer.has_signed(tag, _binding(query), content):
            raise InvalidCursor
        kind, text, identifier = json.loads(content)
        return Position(value=_READERS[kind](text), id=UUID(hex=identifier))


def _binding(query: PagedQuery) -> bytes:
    return json.dumps(query.criteria).encode()


def _as_text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _as_bytes(text: str) -> bytes:
    """Read base64, in the one form in which it is written.

    Others, with stray bits in the last character or with padding, mean the same bytes.
    """
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        content = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise InvalidCursor from error
    if _as_text(content) != text:
        raise InvalidCursor
    return content
