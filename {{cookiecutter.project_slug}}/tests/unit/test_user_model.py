"""What must be true of a user's details."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from app.core.pagination import Position
from app.core.validation import InvalidDetails
from app.models.user import UserChanges, UserDetails, UserQuery, UserSort

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Ada@Example.COM", "ada@example.com"),
        ("  ada@example.com\n", "ada@example.com"),
        ("zoe\N{COMBINING DIAERESIS}@example.com", "zoë@example.com"),
        (f"{'a' * 242}@example.com", f"{'a' * 242}@example.com"),
        ("ada@xn--bcher-kva.example", "ada@bücher.example"),
        ("ada@mail.XN--BCHER-KVA.example", "ada@mail.bücher.example"),
        ("ada@BU\N{COMBINING DIAERESIS}CHER.example", "ada@bücher.example"),
        ("ada@xn--strae-oqa.example", "ada@straße.example"),
        ("ada@strasse.example", "ada@strasse.example"),
        ("ada@ｅｘａｍｐｌｅ。com", "ada@example.com"),
        ("J\N{COMBINING CARON}oe@example.com", "ǰoe@example.com"),
        ("İ@example.com", "i\N{COMBINING DOT ABOVE}@example.com"),
        ("ẞ@ẞa.example", "ß@ßa.example"),
        ("ΑΣ@example.com", "ας@example.com"),
    ],
)
def test_an_address_is_brought_to_its_one_form(given: str, stored: str) -> None:
    assert UserDetails(email=given, name="Ada").email == stored
    assert UserDetails(email=stored, name="Ada").email == stored


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@localhost",
        "a b@example.com",
        "a@b@example.com",
        "a\0@example.com",
        f"{'a' * 243}@example.com",
        "ada\N{FULLWIDTH COMMERCIAL AT}example.com",
        "ada@xn--a.example",
        "ada@xn--é.example",
        "ada@xn--example-.com",
        "ada@xn--xn---epa.example",
        f"ada@xn--{'a' * 60}-9ca.example",
        "Ada <ada@example.com>",
        "ada@exam\N{SOFT HYPHEN}ple.com",
        "\ud800@example.com",
        "İ" * 200 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(InvalidDetails):
        UserDetails(email=given, name="Ada")


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("  Ada ", "Ada"),
        ('O\'Neil \\ "x"', 'O\'Neil \\ "x"'),
        ("王小明 👩‍🚀", "王小明 👩‍🚀"),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_name_is_kept_as_it_is_written(given: str, stored: str) -> None:
    assert UserDetails(email="ada@example.com", name=given).name == stored


@pytest.mark.parametrize("given", ["", "   ", "x" * 101, "a\0b", "a\nb", "a\u2028b"])
def test_a_name_that_cannot_be_shown_on_a_line_is_refused(given: str) -> None:
    with pytest.raises(InvalidDetails):
        UserChanges(name=given)


@pytest.mark.parametrize("size", [0, -1, 101])
def test_a_page_is_bounded(size: int) -> None:
    with pytest.raises(InvalidDetails):
        UserQuery(size=size)


@pytest.mark.parametrize(
    ("sort", "value"),
    [(UserSort.OLDEST_FIRST, "ada@example.com"), (UserSort.EMAIL, NOW)],
)
def test_a_place_in_another_order_is_refused(
    sort: UserSort,
    value: datetime | str,
) -> None:
    with pytest.raises(InvalidDetails):
        UserQuery(sort=sort, after=Position(value=value, id=uuid4()))
