"""Cursors."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.api.paging import InvalidCursor, decode_cursor, encode_cursor
from app.models.page import Position

ID = UUID("0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d")


def _cursor(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("order", "value"),
    [
        ("created_at", datetime(2026, 1, 31, 9, 30, 0, 125_000, tzinfo=UTC)),
        ("-email", "zoë+王@example.com"),
    ],
)
def test_a_cursor_leads_back_to_its_place(order: str, value: datetime | str) -> None:
    position = Position(value=value, id=ID)

    cursor = encode_cursor(position, order)

    assert cursor is not None
    assert cursor.isascii()
    assert decode_cursor(cursor, order) == position


def test_the_last_page_has_no_cursor() -> None:
    assert encode_cursor(None, "email") is None


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "ä",
        _cursor([]),
        _cursor(None),
        _cursor({"order": "created_at"}),
        _cursor(["email", "a@example.com", ID.hex]),
        _cursor(["created_at", "yesterday", ID.hex]),
        _cursor(["created_at", 17, ID.hex]),
        _cursor(["created_at", "2026-01-31T09:30:00", ID.hex]),
        _cursor(["created_at", "2026-01-31T09:30:00Z", "nobody"]),
        _cursor(["created_at", "2026-01-31T09:30:00Z", None]),
        _cursor(["created_at", "0001-01-01T00:00:00+14:00", ID.hex]),
        _cursor(["created_at", "9999-12-31T23:59:59-14:00", ID.hex]),
        base64.urlsafe_b64encode(b"[" * 500_000).decode(),
        base64.urlsafe_b64encode(b"\xff").decode(),
    ],
)
def test_what_was_never_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(cursor, "created_at")


@pytest.mark.parametrize("value", ["\ud800", "a\0b", None, 17, ["a"]])
def test_a_value_that_storage_never_held_is_refused(value: object) -> None:
    with pytest.raises(InvalidCursor):
        decode_cursor(_cursor(["email", value, ID.hex]), "email")
