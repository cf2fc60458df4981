"""What log events may hold: no secrets, no addresses of people, nothing that breaks a line.

Values come from everywhere: clients, drivers, other people's exceptions. This is the last
place before they are written, so it trusts none of them.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from types import NoneType
from typing import Any

from structlog.typing import EventDict, WrappedLogger

MASK = "[masked]"

LONGEST_TEXT = 1_000
"""Characters of one value that are kept."""
MOST_ITEMS = 100
"""Entries of one list or mapping that are kept."""
DEEPEST = 10
"""Levels of nesting that are kept; an exception with its frames has four."""
LARGEST_BITS = 128
"""Bits of the largest whole number that is written as one."""

_NUMBER_OR_NONE = (int, float, NoneType)

_SENSITIVE_KEY = re.compile(
    r"passw|passphrase|secret|token|authori[sz]ation|cookie|credential|api_?key"
    r"|private_?key|e_?mail|phone",
    re.IGNORECASE,
)
_CREDENTIALS_OF_URL = re.compile(r"://[^\s/@]{1,512}@")
_EMAIL = re.compile(r"""[^\s@<>"'(),:;=/\[\]]{1,64}@[^\s@<>"'(),:;=/\[\]]{1,255}""")
_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_BEARER = re.compile(r"""\b(bearer)\s+[^\s"',;]+""", re.IGNORECASE)
_PAIR = re.compile(
    r"((?:password|passwd|passphrase|secret|token|authorization|cookie|api_?key)"
    r"""["']?\s{0,3}[=:]\s{0,3}["']?)(?:(?:bearer|basic)\s{1,3})?[^\s"',;&]+""",
    re.IGNORECASE,
)


def clean_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Return an event that is safe to write; a processor of structlog.

    Values under telling keys are masked whole (`password`, `refresh_token`, `email`), and
    tokens, credentials and addresses of people wherever they stand in text. Long text is
    cut, and characters that do not print are written as Python escapes them.
    """
    if _is_clean(event):
        return event
    trace = event.pop("exception", None)
    cleaned = _items(event, 1)
    if isinstance(trace, str):
        # For people, each line on one of its own; indented, it can't pass for an event.
        trace_lines = (f"    {_text(line)}" for line in trace.splitlines())
        cleaned["exception"] = "\n".join(trace_lines)
    elif trace is not None:
        cleaned["exception"] = _clean(trace, 1)
    return cleaned


def _is_clean(event: EventDict) -> bool:
    """Return whether an event is safe as it is, as most are.

    All texts are looked at together: one by one, it takes three times as long. The spaces between
    them end whatever a pattern finds.
    """
    texts = []
    for value in event.values():
        if type(value) is str:
            texts.append(value)
        elif not (isinstance(value, _NUMBER_OR_NONE) and _number(value) is value):
            return False
    text = " ".join(texts)
    if len(text) > LONGEST_TEXT or not text.isprintable():
        return False
    return masked(text) == text and _are_clean(tuple(event))


@lru_cache(maxsize=1_000)
def _are_clean(keys: tuple[object, ...]) -> bool:
    is_usual = len(keys) <= MOST_ITEMS and "exception" not in keys
    return is_usual and all(_key(key) == (key, False) for key in keys)


def masked(text: str) -> str:
    """Return text without tokens, credentials and addresses of people."""
    if "@" in text:
        text = _CREDENTIALS_OF_URL.sub(f"://{MASK}@", text)
        text = _EMAIL.sub(_unless_masked, text)
    if _is_telling(text.lower()):
        text = _PAIR.sub(rf"\1{MASK}", text)
        text = _BEARER.sub(rf"\1 {MASK}", text)
    if "eyJ" in text:
        text = _JWT.sub(MASK, text)
    return text


def _is_telling(text: str) -> bool:
    """Return whether patterns have anything to look for; all of them begin with these words.

    Written out, because it is asked of every event: a loop takes four times as long.
    """
    return (
        "token" in text
        or "secret" in text
        or "pass" in text
        or "auth" in text
        or "cookie" in text
        or "key" in text
        or "bearer" in text
    )


def _unless_masked(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith(MASK[-1]) else MASK


@lru_cache(maxsize=1_000)
def _key(key: object) -> tuple[str, bool]:
    """Return a key, cleaned, and whether it says that its value is to be masked."""
    text = _text(key)
    return text, _SENSITIVE_KEY.search(text) is not None


def _items(mapping: Mapping[Any, object], depth: int) -> dict[str, object]:
    cleaned = {}
    for key, value in islice(mapping.items(), MOST_ITEMS):
        text, is_sensitive = _key(key)
        cleaned[text] = MASK if is_sensitive else _clean(value, depth)
    return cleaned


def _clean(value: object, depth: int) -> object:
    """Return a value that JSON has, with all that is in it cleaned."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, _NUMBER_OR_NONE):
        return _number(value)
    if depth < DEEPEST and isinstance(value, Mapping):
        return _items(value, depth + 1)
    if depth < DEEPEST and isinstance(value, list | tuple | set | frozenset):
        return [_clean(item, depth + 1) for item in islice(value, MOST_ITEMS)]
    return _text(value)


def _number(value: float | None) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and value.bit_length() > LARGEST_BITS:
        return "[large number]"
    return value


def _text(value: object) -> str:
    try:
        text = str(value)
    except Exception:
        return f"[{type(value).__name__}]"
    if len(text) > LONGEST_TEXT:
        # An address that the cut goes through is seen as one.
        text = f"{masked(text[: 2 * LONGEST_TEXT])[:LONGEST_TEXT]}… [{len(text)} characters]"
    else:
        text = masked(text)
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
