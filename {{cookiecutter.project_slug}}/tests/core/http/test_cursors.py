"""Cursors."""

from dataclasses import replace
from datetime import UTC, datetime
from string import ascii_letters, digits
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import Secret

from app.core.http.cursors import Cursors, InvalidCursor
from app.core.pagination import Position
from app.models.user import UserQuery, UserSort

ID = UUID("0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d")
CURSORS = Cursors(Secret("a secret of this test, and of no other"))
QUERY = UserQuery(sort=UserSort.EMAIL)
CURSOR = CURSORS.encode(Position(value="ada@example.com", id=ID), QUERY) or ""

BY_TIME = [UserSort.OLDEST_FIRST, UserSort.NEWEST_FIRST]
BY_TEXT = [UserSort.EMAIL, UserSort.EMAIL_DESCENDING]
texts = some.text(alphabet='az09äß中😀"\\/\n\0', max_size=254)
times = some.datetimes(timezones=some.just(UTC))
filters = some.fixed_dictionaries(
    {
        "active": some.sampled_from([None, True, False]),
        "email": some.sampled_from([None, "ada@example.com", "zoë@example.com"]),
    },
)


def _assert_leads_back(query: UserQuery, value: datetime | str, of: UUID) -> None:
    position = Position(value=value, id=of)

    cursor = CURSORS.encode(position, query)

    assert cursor is not None
    assert set(cursor) <= {*ascii_letters, *digits, "-", "_"}
    assert CURSORS.decode(cursor, query) == position


@given(times, some.uuids(), some.sampled_from(BY_TIME), filters)
def test_a_cursor_leads_back_to_its_moment(
    value: datetime,
    of: UUID,
    sort: UserSort,
    kept: dict[str, object],
) -> None:
    _assert_leads_back(UserQuery(sort=sort, **kept), value, of)  # type: ignore[arg-type]


@given(texts, some.uuids(), some.sampled_from(BY_TEXT), filters)
def test_a_cursor_leads_back_to_its_text(
    value: str,
    of: UUID,
    sort: UserSort,
    kept: dict[str, object],
) -> None:
    _assert_leads_back(UserQuery(sort=sort, **kept), value, of)  # type: ignore[arg-type]


def test_the_last_page_has_no_cursor() -> None:
    assert CURSORS.encode(None, QUERY) is None


def test_the_size_of_a_page_may_change_on_the_way() -> None:
    assert CURSORS.decode(CURSOR, replace(QUERY, size=7)).id == ID


@pytest.mark.parametrize(
    "query",
    [
        replace(QUERY, sort=UserSort.EMAIL_DESCENDING),
        replace(QUERY, sort=UserSort.OLDEST_FIRST),
        replace(QUERY, active=True),
        replace(QUERY, email="ada@example.com"),
    ],
)
def test_a_cursor_of_another_query_is_refused(query: UserQuery) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.decode(CURSOR, query)


def test_a_cursor_of_another_key_is_refused() -> None:
    others = Cursors(Secret("the secret of somebody else altogether"))

    with pytest.raises(InvalidCursor):
        others.decode(CURSOR, QUERY)


@pytest.mark.parametrize("place", range(len(CURSOR)))
def test_a_cursor_of_which_any_character_was_changed_is_refused(place: int) -> None:
    for other in {*ascii_letters, *digits, "-", "_", "=", " ", "ä"} - {CURSOR[place]}:
        with pytest.raises(InvalidCursor):
            CURSORS.decode(f"{CURSOR[:place]}{other}{CURSOR[place + 1 :]}", QUERY)


@given(texts | some.text(alphabet=[*ascii_letters, *digits, "-", "_", "="]))
def test_an_invented_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.decode(cursor, QUERY)


@pytest.mark.parametrize("cursor", [CURSOR[:-1], f"{CURSOR}A", f"{CURSOR}==", ""])
def test_a_cursor_cut_or_lengthened_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.decode(cursor, QUERY)
