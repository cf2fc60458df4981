"""Users: who they are, and what must be true of their details."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from app.core.details import Changes, Details
from app.core.entity import Deactivatable
from app.core.pagination import PagedQuery, Sort
from app.core.validation import Email, SingleLine, normalized_email

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
class User(Deactivatable, UserDetails):
    """A registered person. `email` is unique among all users, deactivated ones included."""


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
