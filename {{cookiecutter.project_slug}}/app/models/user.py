"""Users: who they are, and what must be true of their details."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.models.details import (
    UNCHANGED,
    InvalidDetails,
    Unchanged,
    normalized_line,
)
from app.models.page import MAX_PAGE_SIZE, Position

MAX_EMAIL_LENGTH = 254
"""Characters; what fits into a forward-path of RFC 5321, section 4.5.3.1.3."""

MAX_NAME_LENGTH = 100
"""Characters, after normalisation."""

MAX_LABEL_LENGTH = 63
"""Characters of one part of a domain. Source: RFC 1035, section 2.3.4."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DOT = re.compile(r"[.\N{IDEOGRAPHIC FULL STOP}]")


def normalized_email(text: str) -> str:
    """Return an address in the one form in which it is stored and compared.

    Letter case is folded: mail systems that tell `Ann@` from `ann@` are not met in
    practice, two accounts for one mailbox are. So is a domain that is encoded in ASCII:
    `xn--bcher-kva.example` is `bücher.example`.

    Raises:
        InvalidDetails: it is not an e-mail address, or is too long.
    """
    mailbox, _, domain = text.strip().rpartition("@")
    address = f"{mailbox}@{_in_letters(domain)}"
    email = unicodedata.normalize("NFC", address).lower()
    if len(email) > MAX_EMAIL_LENGTH:
        raise InvalidDetails(f"an address has at most {MAX_EMAIL_LENGTH} characters")
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise InvalidDetails("this is not an e-mail address")
    return email


def _in_letters(domain: str) -> str:
    """Return a domain as people read it, in the widths and with the dots of ASCII.

    Raises:
        InvalidDetails: a part of it can't be decoded.
    """
    labels = _DOT.split(unicodedata.normalize("NFKC", domain))
    return ".".join(map(_decoded, labels))


def _decoded(label: str) -> str:
    """Return a part of a domain as people read it.

    The codec `idna` of the standard library won't do: for it, `ß` is `ss`.

    Raises:
        InvalidDetails: nothing is encoded in this way.

    Source: RFC 5890, section 2.3.2.1; RFC 3492 (Punycode).
    """
    prefix, encoded = label[:4].lower(), label[4:]
    if prefix != "xn--":
        return label
    if len(label) > MAX_LABEL_LENGTH:
        most = MAX_LABEL_LENGTH
        raise InvalidDetails(f"a part of a domain has at most {most} characters")
    try:
        decoded = encoded.lower().encode("ascii").decode("punycode")
    except UnicodeError:
        decoded = ""
    is_stable = unicodedata.is_normalized("NFKC", decoded)
    if decoded.isascii() or decoded.startswith(prefix) or not is_stable:
        raise InvalidDetails("this is not an e-mail address")
    return decoded


def normalized_name(text: str) -> str:
    """Return a display name in NFC, without white space around it.

    Raises:
        InvalidDetails: it is empty, too long, or holds characters that do not print.
    """
    return normalized_line(text, "a name", 1, MAX_NAME_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """The details that somebody registers with.

    Raises:
        InvalidDetails: a detail breaks a rule.
    """

    email: str
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "email", normalized_email(self.email))
        object.__setattr__(self, "name", normalized_name(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanges:
    """New details for a user; what is not given stays as it is.

    Raises:
        InvalidDetails: a detail breaks a rule.
    """

    email: str | Unchanged = UNCHANGED
    name: str | Unchanged = UNCHANGED

    def __post_init__(self) -> None:
        if self.email is not UNCHANGED:
            object.__setattr__(self, "email", normalized_email(self.email))
        if self.name is not UNCHANGED:
            object.__setattr__(self, "name", normalized_name(self.name))


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A registered person.

    - `email` is unique among all users, deactivated ones included.
    - `version` is 1 at first and grows by one with every change that is stored.
    - Times are UTC.
    """

    id: UUID
    email: str
    name: str
    created_at: datetime
    updated_at: datetime
    deactivated_at: datetime | None = None
    version: int = 1

    @property
    def is_active(self) -> bool:
        """Whether this user has not been deactivated."""
        return self.deactivated_at is None

    @classmethod
    def register(cls, details: NewUser, *, user_id: UUID, at: datetime) -> "User":
        """Return the user that these details describe, registered at a time."""
        return cls(
            id=user_id,
            email=details.email,
            name=details.name,
            created_at=at,
            updated_at=at,
        )

    def changed(self, changes: UserChanges, *, at: datetime) -> "User":
        """Return this user with new details; the very same object if nothing differs."""
        email = self.email if changes.email is UNCHANGED else changes.email
        name = self.name if changes.name is UNCHANGED else changes.name
        if (email, name) == (self.email, self.name):
            return self
        return replace(
            self,
            email=email,
            name=name,
            updated_at=at,
            version=self.version + 1,
        )

    def deactivated(self, *, at: datetime) -> "User":
        """Return this user deactivated; the very same object if it is already."""
        if not self.is_active:
            return self
        return replace(self, deactivated_at=at, updated_at=at, version=self.version + 1)


class UserSort(StrEnum):
    """Orders in which users can be listed; ties are broken by id, the same way up."""

    OLDEST_FIRST = "created_at"
    NEWEST_FIRST = "-created_at"
    EMAIL = "email"
    EMAIL_DESCENDING = "-email"

    @property
    def field(self) -> str:
        """The name of the attribute of `User` that is sorted by."""
        return self.value.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the greatest value comes first."""
        return self.value.startswith("-")

    def position(self, user: User) -> Position:
        """Return the place behind a user in this order."""
        return Position(value=getattr(user, self.field), id=user.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuery:
    """Which users to list, in which order, and from where.

    `active` keeps only active (True) or deactivated (False) users, `email` only the user
    with that address; None filters nothing. At most `size` users are returned.

    Raises:
        InvalidDetails: `size` is out of bounds, or `after` is not a place in this order.
    """

    size: int = 50
    sort: UserSort = UserSort.OLDEST_FIRST
    active: bool | None = None
    email: str | None = None
    after: Position | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_PAGE_SIZE:
            raise InvalidDetails(f"a page has 1 to {MAX_PAGE_SIZE} items")
        if self.email is not None:
            object.__setattr__(self, "email", normalized_email(self.email))
        expected = datetime if self.sort.field == "created_at" else str
        if self.after is not None and not isinstance(self.after.value, expected):
            raise InvalidDetails("this place belongs to another order")

    @property
    def criteria(self) -> tuple[str | bool | None, ...]:
        """What a page belongs to, wherever it begins and however long it is."""
        return "users", self.sort, self.active, self.email
