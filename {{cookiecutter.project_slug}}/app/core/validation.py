"""Rules for values that models share: each brings a value to its one form, or refuses it.

A rule stands beside the type of a field: `name: Annotated[str, SingleLine("a name", 1, 100)]`. Types of
numbers have their limits from Pydantic: `Annotated[int, Field(ge=1)]`.
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, ClassVar

from annotated_types import GroupedMetadata, MaxLen, MinLen
from email_validator import validate_email
from pydantic import AfterValidator, Field

MAX_EMAIL_LENGTH = 254
"""Characters; what fits into a forward-path of RFC 5321, section 4.5.3.1.3."""

MAX_JSON_INTEGER = 2**53 - 1
"""The greatest number that every reader of JSON holds exactly (RFC 8259, section 6)."""

FIRST_YEAR, LAST_YEAR = 1001, 9998
"""What every database and every client can hold, in whichever zone."""

_MOST_ROUNDS = 4
"""Normalising once more than this changes no letter that Unicode has."""

_NOT_ON_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, surrogates, line and paragraph separators."""


class InvalidDetails(ValueError):
    """A detail breaks a rule of the domain; the message says which, without the value."""


@dataclass(frozen=True, slots=True)
class SingleLine(GroupedMetadata):
    """Text on one line, in NFC, without white space around it; messages call it `label`.

    Lengths are in characters, and hold before and after white space is taken away.
    """

    label: str
    min_length: int
    max_length: int

    _allowed: ClassVar[str] = ""

    def __iter__(self) -> Iterator[object]:
        if self.min_length:
            yield MinLen(self.min_length)
        yield MaxLen(self.max_length)
        yield AfterValidator(self.normalized)

    def normalized(self, text: str) -> str:
        """Return text in its one form.

        Raises:
            InvalidDetails: it has too few or too many characters, or some that do not print.
        """
        line = unicodedata.normalize("NFC", text).strip()
        if not self.min_length <= len(line) <= self.max_length:
            lengths = f"{self.min_length} to {self.max_length}"
            raise InvalidDetails(f"{self.label} has {lengths} characters")
        parts = (part for part in line if part not in self._allowed)
        if any(unicodedata.category(part) in _NOT_ON_A_LINE for part in parts):
            raise InvalidDetails(f"{self.label} has no control characters")
        return line


class MultiLine(SingleLine):
    """Text on one line or more, each of which ends with a line feed; otherwise as `SingleLine`."""

    _allowed = "\n"

    def normalized(self, text: str) -> str:
        """Return text in its one form.

        Raises:
            InvalidDetails: as `SingleLine`; line ends are no control characters here.
        """
        return super().normalized(text.replace("\r\n", "\n").replace("\r", "\n"))


@lru_cache(maxsize=256)  # an address that was looked for is often stored next
def normalized_email(text: str) -> str:
    """Return an address in the one form in which it is stored and compared.

    Normalising it again changes nothing, so the same text always finds the same user.
    Letter case is folded: mail systems that tell `Ann@` from `ann@` are not met in
    practice, two accounts for one mailbox are. So is a domain that is encoded in ASCII:
    `xn--bcher-kva.example` is `bücher.example`.

    Raises:
        InvalidDetails: it is not an e-mail address, or is too long.
    """
    email = _checked_length(text.strip())
    for _ in range(_MOST_ROUNDS):
        before, email = email, _checked_length(_folded(email))
        if email == before or email.isascii():  # ASCII is the same after one round
            return email
    raise InvalidDetails("this is not an e-mail address")


def _folded(address: str) -> str:
    """Return a valid address in lower case, with its domain as people read it, in NFC.

    Lower-case letters come before NFC: some have a composed form that capitals lack.

    Raises:
        InvalidDetails: it is not an e-mail address.
    """
    try:
        valid = validate_email(address, check_deliverability=False)
    except ValueError:  # the error's text repeats a part of the address
        raise InvalidDetails("this is not an e-mail address") from None
    return unicodedata.normalize("NFC", valid.normalized.lower())


def _checked_length(text: str) -> str:
    if len(text) > MAX_EMAIL_LENGTH:
        raise InvalidDetails(f"an address has at most {MAX_EMAIL_LENGTH} characters")
    return text


def with_places(places: int) -> Callable[[Decimal], Decimal]:
    """Return what writes a number with so many decimal places, and zero without a sign."""
    step = Decimal(1).scaleb(-places)
    return lambda number: number.quantize(step) + 0


def _checked_date(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidDetails(f"a day is in the years from {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _normalized_datetime(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise InvalidDetails("a time has a zone")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise InvalidDetails(f"a time is in the years from {FIRST_YEAR} to {LAST_YEAR}")
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


Email = Annotated[
    str,
    Field(max_length=MAX_EMAIL_LENGTH, json_schema_extra={"format": "email"}),
    AfterValidator(normalized_email),
]
"""An e-mail address, in the one form in which it is stored and compared."""

BoundedDate = Annotated[date, AfterValidator(_checked_date)]
"""A day that every database holds."""

UtcDatetime = Annotated[datetime, AfterValidator(_normalized_datetime)]
"""A time in UTC, cut to milliseconds, which every client can hold."""
