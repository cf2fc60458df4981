"""Rules for values that models share."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given as each
from pydantic import TypeAdapter, ValidationError

from app.core.validation import (
    MAX_EMAIL_LENGTH,
    BoundedDate,
    InvalidDetails,
    MultiLine,
    SingleLine,
    UtcDatetime,
    normalized_email,
    with_places,
)
from tests.core.unicode import addresses, long_texts, texts

LINE = SingleLine("a name", 1, 100)
TEXT = MultiLine("a note", 1, 100)
NOW = datetime(2026, 1, 31, tzinfo=UTC)


@each(text=addresses() | long_texts((1, 260)).map("{}@example.com".format))
def test_normalized_email_of_any_text_is_a_fixed_point_within_bounds(text: str) -> None:
    try:
        email = normalized_email(text)
    except InvalidDetails:
        return

    assert len(email) <= MAX_EMAIL_LENGTH
    assert email.count("@") == 1
    assert normalized_email(email) == email
    assert normalized_email(f" {text}\n") == email


@each(text=texts(8) | long_texts((1, 101)))
def test_a_line_of_any_text_is_a_fixed_point_within_bounds(text: str) -> None:
    try:
        line = LINE.normalized(text)
    except InvalidDetails:
        return

    assert 1 <= len(line) <= 100
    assert LINE.normalized(line) == line
    assert line.encode()


@each(text=texts(8) | long_texts((1, 101)))
def test_text_of_any_lines_is_a_fixed_point_within_bounds(text: str) -> None:
    try:
        lines = TEXT.normalized(text)
    except InvalidDetails:
        return

    assert 1 <= len(lines) <= 100
    assert TEXT.normalized(lines) == lines


def test_lines_of_text_end_with_line_feeds() -> None:
    assert TEXT.normalized(" a\r\nb\r\n\nc\n") == "a\nb\n\nc"


@pytest.mark.parametrize(
    "text",
    ["a\0b", "a\tb", "a\x7fb", "a\u2028b", "a\ud800b", "\n"],
)
def test_text_with_other_control_characters_is_refused(text: str) -> None:
    with pytest.raises(InvalidDetails):
        TEXT.normalized(text)


def test_a_number_has_its_places_and_zero_no_sign() -> None:
    assert str(with_places(2)(Decimal("1.5"))) == "1.50"
    assert str(with_places(2)(Decimal("-0.0"))) == "0.00"


def test_a_time_is_in_utc_and_cut_to_milliseconds() -> None:
    given = datetime(2026, 1, 31, 9, 30, 0, 1999, timezone(timedelta(hours=2)))

    moment = TypeAdapter(UtcDatetime).validate_python(given)

    assert moment == datetime(2026, 1, 31, 7, 30, 0, 1000, UTC)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (UtcDatetime, NOW.replace(tzinfo=None)),
        (UtcDatetime, datetime.min.replace(tzinfo=UTC)),
        (UtcDatetime, datetime.max.replace(tzinfo=UTC)),
        (BoundedDate, date.min),
        (BoundedDate, date.max),
    ],
)
def test_what_not_every_database_holds_is_refused(kind: type, given: date) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(given)
