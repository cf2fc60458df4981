"""Bodies have bounds, which are checked before they are parsed: that takes longer."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from itertools import accumulate

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.http.problems import NulRefused, SurrogateRefused
from app.core.http.raw_headers import header

MAX_DEPTH = 32

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""To its end, or to that of the text: looking again at what has no end would take for ever."""

_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])|\xed[\xa0-\xbf]")
"""NUL, or a surrogate, which may be one of a pair; Python decodes the bytes of one, too."""

_SURROGATE = re.compile("[\ud800-\udfff]")

_UTF_8 = frozenset({"utf-8", "utf-8-sig"})

_BRACKETS = b"[]{}"
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))
_STEPS = bytes.maketrans(_BRACKETS, b"\x01\xff\x01\xff")
"""A bracket becomes what it does to the depth: one more, or (as a signed byte) one less."""


class JsonDepthMiddleware:
    """Refuses bodies before they are parsed.

    - JSON that is not UTF-8, is nested deeper than `MAX_DEPTH`, or has more members and
      elements than `max_values`: 400.
    - JSON and forms with a NUL character, JSON with a lone surrogate: 422.
    """

    def __init__(self, app: ASGIApp, max_values: int) -> None:
        self._app = app
        self._max_values = max_values

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        check = self._check_of(scope) if scope["type"] == "http" else None
        if check is None:
            await self._app(scope, receive, send)
            return
        chunks: list[bytes] = []

        async def receive_checked() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                chunks.append(message.get("body", b""))
                if not message.get("more_body"):
                    check(b"".join(chunks))
            return message

        await self._app(scope, receive_checked, send)

    def _check_of(self, scope: Scope) -> Callable[[bytes], None] | None:
        media_type = header(scope, b"content-type").lower()
        if "json" in media_type:
            return self._check_json
        return check_form if "urlencoded" in media_type else None

    def _check_json(self, text: bytes) -> None:
        check_json(text, self._max_values)


def check_json(text: bytes, max_values: int) -> None:
    """Check JSON before it is parsed.

    Raises:
        HTTPException: 400, the text is out of bounds.
        NulRefused: a name or a value has a NUL character.
        SurrogateRefused: a name or a value has half of a surrogate pair.
    """
    # In other encodings brackets, commas and quotes can't be told from other bytes.
    if json.detect_encoding(text) not in _UTF_8:
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The body is not UTF-8.")
    if is_deep(text):
        raise HTTPException(
            HTTPStatus.BAD_REQUEST,
            f"The body is nested more than {MAX_DEPTH} levels deep.",
        )
    if has_more_values(text, max_values):
        raise HTTPException(
            HTTPStatus.BAD_REQUEST,
            f"The body has more than {max_values} members and elements.",
        )
    if (b"\\u" in text or b"\xed" in text) and _SUSPECT.search(text):
        _refuse_unstorable(text)


def check_form(text: bytes) -> None:
    """Check a form before it is parsed.

    Raises:
        NulRefused: a field has a NUL character.
    """
    if b"%00" in text or b"\0" in text:
        raise NulRefused("body")


def _refuse_unstorable(text: bytes) -> None:
    with suppress(ValueError):  # the text is not JSON, which FastAPI says better
        _refuse_unstorable_in(json.loads(text))


def _refuse_unstorable_in(value: object, *path: str | int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise NulRefused("body", *path)
        if _SURROGATE.search(value):
            raise SurrogateRefused("body", *path)
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_unstorable_in(name, *path)
            _refuse_unstorable_in(member, *path, name)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            _refuse_unstorable_in(element, *path, index)


def is_deep(text: bytes) -> bool:
    """Return whether JSON is nested deeper than `MAX_DEPTH`.

    Most has fewer brackets than that, which counting shows in no time.
    """
    if text.count(b"[") + text.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _STRING.sub(b"", text).translate(_STEPS, _OTHERS)
    return max(accumulate(memoryview(brackets).cast("b")), default=0) > MAX_DEPTH


def has_more_values(text: bytes, most: int) -> bool:
    """Return whether JSON has more members and elements than `most`.

    Each of them follows a comma or an opening bracket. Most texts have fewer of these than
    `most`, even if you count those in strings.
    """
    if _openings_and_commas(text) <= most:
        return False
    # A value has at most two strings: its name and itself. Counting quotes takes a tenth of
    # the time of finding strings.
    quotes = text.count(b'"') - text.count(b'\\"')
    return quotes > 4 * most or _openings_and_commas(_STRING.sub(b"", text)) > most


def _openings_and_commas(text: bytes) -> int:
    return text.count(b"[") + text.count(b"{") + text.count(b",")
