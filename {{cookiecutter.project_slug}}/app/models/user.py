"""Users: who they are, and what must be true of their details."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.core.details import Changes, Details
from app.core.entity import Entity
from app.core.pagination import MAX_PAGE_SIZE, Position
from app.core.validation import Email, InvalidDetails, SingleLine, normalized_email

MAX_NAME_LENGTH = 100
"""Characters, after normalisation."""


@dataclass(frozen=True, kw_only=True)
class UserDetails(Details):
    """The details that somebody registers with."""

    email: Annotated[
        Email,
        Field(
            description="Unique, whatever its letter case.",
            examples=["ada@example.com"],
        ),
    ]
    name: Annotated[
        str,
        SingleLine("a name", 1, MAX_NAME_LENGTH),
        Field(
            description="How to address the user.",
            examples=["Ada Lovelace", "Ada King"],
        ),
    ]


class UserChanges(Changes[UserDetails]):
    """New details for a user; what is not given stays as it is."""


@dataclass(frozen=True, kw_only=True)
class User(Entity, UserDetails):
    """A registered person. `email` is unique among all users, deactivated ones included."""


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
