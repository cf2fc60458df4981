"""What log events may hold."""

import io
import json
import math
from collections.abc import Iterator
from functools import partial
from time import thread_time
from timeit import repeat
from typing import Any
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from app.core.observability.logging import configure_logging
from app.core.observability.redaction import LONGEST_TEXT, MASK, clean_event, masked
from app.core.settings import LogFormat

SIGNED = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"
SECRETS = ("hunter2", "ada@example.com", SIGNED)


class Unspeakable:
    """Can't be turned into text."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Put back what `configure_logging` changes for the whole process."""
    yield
    structlog.reset_defaults()


def _clean(**event: object) -> dict[str, Any]:
    return dict(clean_event(None, "info", event))


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "new_password",
        "Authorization",
        "access_token",
        "refresh-token",
        "client_secret",
        "SECRET_KEY",
        "api_key",
        "set-cookie",
        "email",
        "user_email",
        "phone",
        "credentials",
    ],
)
def test_a_value_under_a_telling_key_is_masked(key: str) -> None:
    assert _clean(**{key: "hunter2"}) == {key: MASK}
    assert _clean(outer=[{key: {"value": "hunter2"}}]) == {"outer": [{key: MASK}]}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abc.def", f"Authorization: {MASK}"),
        ("authorization='Basic YTpi'", f"authorization='{MASK}'"),
        ("sent bearer abc-123, twice", f"sent bearer {MASK}, twice"),
        (f"got {SIGNED}.", f"got {MASK}."),
        (
            "POST /login?user=1&password=hunter2&x=1",
            f"POST /login?user=1&password={MASK}&x=1",
        ),
        ('["access_token": "hunter2"]', f'["access_token": "{MASK}"]'),
        ("client_secret = hunter2", f"client_secret = {MASK}"),
        ("Cookie: session=hunter2", f"Cookie: {MASK}"),
        ("ada@example.com is taken", f"{MASK} is taken"),
        ("<Ada.L+x@mail.example.co.uk>", f"<{MASK}>"),
        ("amqps://ada:hunter2@db:5432/x", f"amqps://{MASK}@db:5432/x"),
        ("ftp://:hunter2@cache/0", f"ftp://{MASK}@cache/0"),
    ],
)
def test_secrets_and_addresses_in_text_are_masked(text: str, left: str) -> None:
    assert masked(text) == left
    assert _clean(error=text) == {"error": left}
    assert _clean(error=ValueError(text)) == {"error": left}


@pytest.mark.parametrize(
    "text",
    [
        "/api/v1/users/0198c9f2-7a4b-7c1e-9b7e-3f4d2a1b0c9d",
        "token expired",
        "the key is missing",
        "ConnectionRefusedError: [Errno 111] 127.0.0.1:5432",
        "amqps://db:5432/service",
        "Zoë pays 3 €",
        "@",
        "",
    ],
)
def test_other_text_is_left_alone(text: str) -> None:
    assert _clean(text=text) == {"text": text}


@given(
    st.dictionaries(
        st.sampled_from(["password", "note", "n\n", "exception"]) | st.text(),
        st.sampled_from([*SECRETS, "token=x", "a" * LONGEST_TEXT, math.nan, 2**200])
        | st.text()
        | st.integers()
        | st.floats()
        | st.none(),
    ),
)
def test_an_event_is_cleaned_alike_as_a_whole_and_value_by_value(
    event: dict[str, object],
) -> None:
    as_a_whole = _clean(**event | {"last": 0})
    value_by_value = _clean(**event | {"last": ["a list"]})

    assert repr(as_a_whole | {"last": 0}) == repr(value_by_value | {"last": 0})


def test_long_text_is_cut_and_says_so() -> None:
    cleaned = _clean(text="x" * 10_000)["text"]

    assert cleaned == f"{'x' * LONGEST_TEXT}… [10000 characters]"


def test_an_address_that_the_cut_goes_through_is_masked() -> None:
    text = "x" * (LONGEST_TEXT - 10) + " ada.lovelace@example.com"

    assert "ada" not in _clean(text=text)["text"]


def test_what_does_not_print_is_escaped() -> None:
    cleaned = _clean(text="a\r\nb\x1b[31m\u2028\x85\x00\ud800é")["text"]

    assert cleaned == r"a\r\nb\x1b[31m\u2028\x85\x00\ud800é"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1 << 20_000, "[large number]"),
        (1.5, 1.5),
        (math.inf, "inf"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Unspeakable(), "[Unspeakable]"),
        ((1, {"a": {2}}), [1, {"a": [2]}]),
        (["x"] * 1_000, ["x"] * 100),
    ],
    ids=lambda of: type(of).__name__,
)
def test_every_value_becomes_one_that_json_has(value: object, written: object) -> None:
    assert _clean(value=value) == {"value": written}


def test_nesting_has_an_end() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert len(json.dumps(_clean(value=endless))) < 2 * LONGEST_TEXT


@pytest.mark.parametrize(
    "text",
    [
        "a" * 9_999 + "@",
        "@" * 10_000,
        "token" * 2_000,
        "://" * 3_000 + "@",
        "eyJ-" * 2_500,
    ],
)
def test_text_made_to_be_slow_is_not(text: str) -> None:
    attempts = repeat(partial(_clean, text=text), timer=thread_time, repeat=3, number=1)

    assert min(attempts) < 0.1


@pytest.mark.parametrize("log_format", LogFormat)
def test_exceptions_are_masked_too(log_format: LogFormat) -> None:
    output = io.StringIO()
    configure_logging("info", log_format, output)

    try:
        try:
            raise KeyError(SECRETS[1])
        except KeyError as cause:
            raise ValueError(f"password=hunter2\n\x1b[31m {SIGNED}") from cause
    except ValueError:
        structlog.get_logger().exception("request_failed")

    written = output.getvalue()
    assert "ValueError" in written
    assert "test_redaction.py" in written
    assert not any(secret in written for secret in SECRETS)
    assert "\x1b" not in written


def test_an_exception_cannot_pass_for_an_event() -> None:
    output = io.StringIO()
    configure_logging("info", LogFormat.CONSOLE, output)

    try:
        raise ValueError("\n2026-01-31T09:30:00Z [info     ] all_is_well")
    except ValueError:
        structlog.get_logger().exception("request_failed")

    first, *others = output.getvalue().splitlines()
    assert "request_failed" in first
    assert others
    assert all(line.startswith("    ") for line in others)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


# structlog's own names for tracebacks, which take lines of their own.
_names = st.text(min_size=1).filter(lambda name: name not in {"exception", "stack"})


@pytest.mark.parametrize("log_format", LogFormat)
@given(event=st.text(), key=_names, value=_anything)
def test_an_event_is_one_line_whatever_is_in_it(
    log_format: LogFormat,
    event: str,
    key: str,
    value: object,
) -> None:
    output = io.StringIO()
    configure_logging("info", log_format, output)

    logger = structlog.get_logger().bind(**{key: value})
    logger.info(event)

    written = output.getvalue()
    assert len(written.splitlines()) == 1
    assert written.endswith("\n")
    assert written[:-1].isprintable()
    if log_format is LogFormat.JSON:
        assert json.loads(written)["level"] == "info"
