"""What clients send that are broken or mean harm."""

import json

VALUES: list[object] = [
    "a\0b",
    "\0",
    "\ud800",
    "\udfff@example.com",
    10**30,
    -(10**400),
    float("nan"),
    float("inf"),
    True,
    None,
    [],
    {},
    [[[["x"]]]],
    {"$ne": None},
    "x" * 100_000,
    "\u202e" * 101,
    "Ada\r\nX-Injected: 1",
]
"""For fields of JSON; none can be used."""

TEXTS = ["%00", "%ED%A0%80", "%FF", "1" * 31, "-1", "%0D%0A", "%2e%2e", "x" * 300]
"""For parts of addresses."""

HEADERS = [b"a\0b", b"\xed\xa0\x80", b"\xff", b"a\x7f", b"a b", b'"\0"', b"x" * 300]
"""For `Idempotency-Key`, `If-Match` and `If-None-Match`."""

UNSTORABLE: dict[bytes, str] = {
    rb'"a\u0000b"': "",
    rb'{"a": [1, "\u0000"]}': "/a/1",
    rb'{"a": {"b\u0000": 1}}': "/a",
    rb'"a\ud800"': "",
    rb'"\uDFFFa"': "",
    rb'{"a": ["\ud83d", "\ude00"]}': "/a/0",
    rb'{"a": {"\udc00\ud800": 1}}': "/a",
    b'{"a": "\xed\xa0\x80"}': "/a",
}
"""JSON with text that some database refuses, and a pointer to it."""

MARK = "Qj7x"
"""Is in all that follows: an answer that holds it repeats what was sent."""

_MEGABYTE = MARK.encode() * 250_000
_FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data; boundary=edge"
_PART = b'--edge\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'

BODIES: dict[str, tuple[str, bytes]] = {
    "not JSON": ("application/json", _MEGABYTE),
    "too deep": ("application/json", b"[" * 1_000_000),
    "wrong schema": ("application/json", b'{"email":"%b"}' % _MEGABYTE),
    "wrong encoding": ("application/json", b'"%b\xff"' % _MEGABYTE),
    "multipart": (_PARTS, _PART % (b"username", _MEGABYTE) + b"--edge--\r\n"),
    "multipart without end": (_PARTS, _PART % (b"password", _MEGABYTE)),
    "multipart with a long name": (_PARTS, _PART % (_MEGABYTE, b"") + b"--edge--\r\n"),
    "multipart of many parts": (_PARTS, _PART % (b"a", b"") * 15_000),
    "multipart without parts": (_PARTS, _MEGABYTE),
    "multipart without a boundary": ("multipart/form-data", _MEGABYTE),
    "a long field": (_FORM, b"username=" + _MEGABYTE),
    "many fields": (_FORM, b"%b=1&" % MARK.encode() * 140_000),
    "no media type": (MARK, _MEGABYTE),
    "a long name": ("application/json", b'{"%b":1}' % _MEGABYTE),
    "many names": (
        "application/json",
        json.dumps({f"{MARK * 25}{number}": 1 for number in range(9_000)}).encode(),
    ),
    "many short names": (
        "application/json",
        json.dumps({f"{number}": MARK for number in range(9_000)}).encode(),
    ),
    "many elements": ("application/json", b"[" + b"1," * 500_000 + b"1]"),
    "many texts": ("application/json", b"[" + b'"",' * 300_000 + b'"Qj7x"]'),
    "a long number": ("application/json", b'{"name":%b}' % (b"9" * 1_000_000)),
    "UTF-16": ("application/json", json.dumps([MARK] * 9_000).encode("utf-16")),
    "half characters": ("application/json", b'{"name":"Qj7x\\ud800","\\ud800":1}'),
    "too large": ("application/json", b'"%b"' % (_MEGABYTE * 2)),
}
"""Bodies that no endpoint takes, by what is wrong with each; with media types."""
