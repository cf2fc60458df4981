"""What the details of all things have in common."""

import unicodedata
from enum import Enum
from typing import Final

_NOT_ON_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, surrogates, line and paragraph separators."""


class InvalidDetails(ValueError):
    """A detail breaks a rule of the domain; the message says which, without the value."""


class Unchanged(Enum):
    """Stands for a detail that is left as it is."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


def normalized_line(text: str, what: str, shortest: int, longest: int) -> str:
    """Return text in NFC, without white space around it; messages call it `what`.

    Raises:
        InvalidDetails: it has too few or too many characters, or some that do not print.
    """
    line = unicodedata.normalize("NFC", text).strip()
    if not shortest <= len(line) <= longest:
        raise InvalidDetails(f"{what} has {shortest} to {longest} characters")
    if any(unicodedata.category(part) in _NOT_ON_A_LINE for part in line):
        raise InvalidDetails(f"{what} has no control characters")
    return line
