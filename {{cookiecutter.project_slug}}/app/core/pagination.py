"""Keyset pagination: pages that stay right while rows come and go.

Source: Markus Winand, "We need tool support for keyset pagination",
https://use-the-index-luke.com/no-offset
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

MAX_PAGE_SIZE = 100

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Position:
    """The place behind one item in an ordering; `id` breaks ties between equal values."""

    value: datetime | str
    id: UUID


class PagedQuery(Protocol):
    """A question whose answer comes in pages."""

    @property
    def criteria(self) -> tuple[str | bool | None, ...]:
        """What is listed, in which order, and by what it is filtered."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items in order, and where the next page starts (None on the last page)."""

    items: tuple[Item, ...]
    next: Position | None
