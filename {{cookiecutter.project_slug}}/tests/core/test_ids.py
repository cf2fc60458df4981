"""Identifiers."""

from datetime import UTC, datetime, timedelta

from app.core.ids import new_id

NOW = datetime(2026, 1, 31, 9, 30, 0, 125_000, tzinfo=UTC)


def test_an_id_is_a_version_7_uuid_with_the_time_in_front() -> None:
    identifier = new_id(NOW)

    assert identifier.version == 7
    assert identifier.variant == "specified in RFC 4122"
    assert identifier.int >> 80 == int(NOW.timestamp() * 1000)


def test_later_ids_sort_behind_earlier_ones() -> None:
    moments = [NOW + timedelta(milliseconds=step) for step in range(100)]

    identifiers = [new_id(moment) for moment in moments]

    assert identifiers == sorted(identifiers)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id(NOW) for _ in range(1000)}) == 1000
