"""Keyset pagination: pages that stay right while rows come and go.

Source: Markus Winand, "We need tool support for keyset pagination",
https://use-the-index-luke.com/no-offset
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from app.core.validation import InvalidDetails

MAX_PAGE_SIZE = 100

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Position:
    """The place behind one item in an ordering; `id` breaks ties between equal values."""

    value: datetime | str
    id: UUID


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items in order, and where the next page starts (None on the last page)."""

    items: tuple[Item, ...]
    next: Position | None


class Identified(Protocol):
    """Something with an id."""

    @property
    def id(self) -> UUID:
        """What tells it from all others."""


Listed = TypeVar("Listed", bound=Identified)


class Sort(StrEnum):
    """Orders of a list. A value names the attribute to sort by; `-` in front turns it round.

    Ties are broken by id, the same way up.
    """

    @property
    def field(self) -> str:
        """The name of the attribute that is sorted by."""
        return self.value.removeprefix("-")

    @property
    def descending(self) -> bool:
        """Whether the greatest value comes first."""
        return self.value.startswith("-")

    def position(self, item: Identified) -> Position:
        """Return the place behind an item in this order."""
        return Position(value=getattr(item, self.field), id=item.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class PagedQuery:
    """Which items to list, in which order, and from where; each resource derives its own.

    - `active` keeps only active (True) or deactivated (False) items; None filters nothing.
    - At most `size` items are returned, from behind `after` on.
    - `LISTED` names the list. `FILTERS` names further fields of the query: each that is not
      None keeps only the items that have its value in the attribute of the same name.

    Raises:
        InvalidDetails: `size` is out of bounds, or `after` is not a place in this order.
    """

    LISTED: ClassVar[str]
    FILTERS: ClassVar[tuple[str, ...]] = ()

    size: int = 50
    sort: Sort
    active: bool | None = None
    after: Position | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_PAGE_SIZE:
            raise InvalidDetails(f"a page has 1 to {MAX_PAGE_SIZE} items")
        expected = datetime if self.sort.field.endswith("_at") else str
        if self.after is not None and not isinstance(self.after.value, expected):
            raise InvalidDetails("this place belongs to another order")

    @property
    def filters(self) -> Mapping[str, object]:
        """The values that items must have, by the names of their attributes."""
        wanted = ((name, getattr(self, name)) for name in self.FILTERS)
        return {name: value for name, value in wanted if value is not None}

    @property
    def criteria(self) -> tuple[str | bool | None, ...]:
        """The list, order and filters that a page belongs to, whatever its start and size."""
        values = [getattr(self, name) for name in self.FILTERS]
        texts = (None if value is None else str(value) for value in values)
        return self.LISTED, self.sort, self.active, *texts

    def page(self, items: tuple[Listed, ...], *, more: bool) -> Page[Listed]:
        """Return a page of the items found; `more` says whether others follow."""
        return Page(items=items, next=self.sort.position(items[-1]) if more else None)
