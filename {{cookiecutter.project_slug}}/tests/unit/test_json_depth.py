"""How deep JSON is nested."""

import json
import time

import pytest

from app.api.middleware.json_depth import MAX_DEPTH, is_deep

DEEPEST = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH


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

    started = time.process_time()
    is_deep(text)

    assert time.process_time() - started < 1
