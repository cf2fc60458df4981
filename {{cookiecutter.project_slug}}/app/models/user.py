"""Users: who they are, and what must be true of their details."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from email_validator import validate_email

from app.core.pagination import PagedQuery, Sort
from app.core.validation import (
    UNCHANGED,
    InvalidDetails,
    Unchanged,
    normalized_line,
)

MAX_EMAIL_LENGTH = 254
"""Characters; what fits into a forward-path of RFC 5321, section 4.5.3.1.3."""

MAX_NAME_LENGTH = 100
"""Characters, after normalisation."""

_MOST_ROUNDS = 4
"""Normalising once more than this changes no letter that Unicode has."""


@lru_cache(maxsize=256)  # schemas and models ask for the same one, one after the other
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


class UserSort(Sort):
    """Orders in which users can be listed; ties are broken by id, the same way up."""

    OLDEST_FIRST = "created_at"
    NEWEST_FIRST = "-created_at"
    EMAIL = "email"
    EMAIL_DESCENDING = "-email"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuery(PagedQuery):
    """Which users to list; `email` keeps only the user with that address.

    Raises:
        InvalidDetails: as `PagedQuery`, or `email` is no address.
    """

    LISTED = "users"
    FILTERS = ("email",)

    sort: UserSort = UserSort.OLDEST_FIRST
    email: str | None = None

    def __post_init__(self) -> None:
        PagedQuery.__post_init__(self)
        if self.email is not None:
            object.__setattr__(self, "email", normalized_email(self.email))
