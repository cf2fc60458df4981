"""What clients send that are broken or mean harm."""

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
