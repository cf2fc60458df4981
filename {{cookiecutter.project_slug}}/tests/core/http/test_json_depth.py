"""How deep JSON is nested, and how many values it has."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import thread_time
from timeit import repeat

import pytest
from starlette.exceptions import HTTPException

from app.core.http.json_depth import (
    MAX_DEPTH,
    check_json,
    has_more_values,
    is_deep,
)

DEEPEST = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH


def _busy_seconds(call: Callable[[], object]) -> float:
    """Return the quickest of a few attempts: on a busy machine one may take long."""
    return min(repeat(call, timer=thread_time, repeat=3, number=1))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        DEEPEST,
        b"[" + b"{}," * 1000 + b"{}]",
        json.dumps({"text": "[" * 100}).encode(),
        json.dumps({"text": '"[' * 100}).encode(),
        json.dumps({"text": '\\"' + "[" * 100 + "\\"}).encode(),
    ],
)
def test_what_is_not_deep(text: bytes) -> None:
    assert not is_deep(text)


@pytest.mark.parametrize(
    "text",
    [
        b"[" + DEEPEST + b"]",
        b'{"a":' * (MAX_DEPTH + 1),
        b'[{"a":' * 100,
        b'"' + b'","' * 50 + b'",' + b"[" * 100,
        b"[" * 100_000,
    ],
)
def test_what_is_deep(text: bytes) -> None:
    assert is_deep(text)


@pytest.mark.parametrize("part", [b'"', b'\\"', b"[]", b'"["', b"\\", b"{"])
def test_looking_takes_no_longer_than_sending(part: bytes) -> None:
    text = b'"' + part * (1_000_000 // len(part))

    assert _busy_seconds(partial(is_deep, text)) < 0.5


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b'{"a":1,"b":[2,3]}', 4),
        (b'{"a,b":"[,{,","c":",,"}', 2),
        (rb'{"a\",\"b":",\\","c\\":1}', 2),
        (b"[[[[]]]]", 4),
        (b"[" + b'"",' * 999 + b'""]', 1000),
        (b"{" + b'"":"",' * 999 + b'"":""}', 1000),
        (b'["' + rb"\",\"" * 1000 + b'"]', 1),
    ],
)
def test_has_more_values_counts_members_and_elements(text: bytes, values: int) -> None:
    assert not has_more_values(text, values)
    assert has_more_values(text, values - 1)


@pytest.mark.parametrize(
    "part",
    [
        b"1,",
        b'"",',
        b'"a":1,',
        b'",',
        rb"\",",
        rb'\\",',
        b"[],",
        b'"[',
        rb"\u0000",
        rb"\\u0000",
    ],
)
def test_check_json_takes_no_longer_than_sending(part: bytes) -> None:
    def check(text: bytes) -> None:
        with suppress(HTTPException):
            check_json(text, 10_000)

    for start in (b"[", b'["'):
        text = start + part * (1_000_000 // len(part))
        assert _busy_seconds(partial(check, text)) < 0.5


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-32-be"])
def test_check_json_other_encoding_than_utf_8_is_400(encoding: str) -> None:
    with pytest.raises(HTTPException) as refusal:
        check_json('{"name":"Ada"}'.encode(encoding), 10)

    assert refusal.value.status_code == 400


def test_check_json_utf_8_is_accepted() -> None:
    check_json('\ufeff{"name":"Zoë 王"}'.encode(), 10)
