"""Entities in a table: one row each, in columns that are named like their attributes."""

from collections.abc import Mapping, Sequence
from types import GenericAlias
from typing import Any, cast

from pydantic import TypeAdapter
from sqlalchemy import (
    Integer,
    Select,
    Table,
    and_,
    asc,
    bindparam,
    delete,
    desc,
    insert,
    or_,
    select,
    update,
)
from typing_extensions import TypeForm

from app.core.database.errors import ConstraintErrors
from app.core.database.repository import (
    NO_DUPLICATES,
    DuplicateErrors,
    E,
    EntityMapping,
)
from app.core.pagination import PagedQuery, Sort

PageKind = tuple[Sort, bool | None, tuple[str, ...], bool]
"""Order, `active`, names of filters, and whether the page follows another one."""


class EntityTable(EntityMapping[E]):
    """Declares the table of a resource, and holds its statements, each made once.

    `duplicates` names the error for each column that is unique by itself, `id` included.
    """

    def __init__(
        self,
        entity: type[E],
        table: Table,
        duplicates: DuplicateErrors = NO_DUPLICATES,
    ) -> None:
        super().__init__(entity, table.name, duplicates)
        self.table = table
        self.by_id = select(table).where(table.c.id == bindparam("by__id"))
        self.insertion = insert(table)
        version = (
            table.c.id == bindparam("by__id"),
            table.c.version == bindparam("by__version"),
        )
        self.replacement = update(table).where(*version)
        self.deletion = delete(table).where(*version)
        self._columns = tuple(column.name for column in table.columns)
        # All rows at once: to make entities one by one takes twice as long.
        kind = cast("TypeForm[tuple[E, ...]]", GenericAlias(tuple, (entity, ...)))
        self._adapter = TypeAdapter(kind)
        self._pages: dict[PageKind, Select[Any]] = {}

    @property
    def constraints(self) -> ConstraintErrors:
        """The errors of the table's key and unique constraints, by their names."""
        return {
            f"pk_{self.name}" if field == "id" else f"uq_{self.name}_{field}": error
            for field, error in self.duplicates.items()
        }

    def entities(self, rows: Sequence[Mapping[str, Any]]) -> tuple[E, ...]:
        """Return the entities in some rows."""
        return self._adapter.validate_python(rows)

    def values(self, entity: E) -> dict[str, object]:
        """Return the row of an entity."""
        return {name: getattr(entity, name) for name in self._columns}

    def page(self, query: PagedQuery) -> tuple[Select[Any], dict[str, object]]:
        """Return the statement that selects a page and one row more, and its values."""
        filters = query.filters
        kind = (query.sort, query.active, tuple(filters), query.after is not None)
        statement = self._pages.get(kind)
        if statement is None:
            statement = self._pages[kind] = self._page(*kind)
        values: dict[str, object] = {"by__size": query.size + 1}
        values |= {f"filter__{name}": value for name, value in filters.items()}
        if query.after is not None:
            values |= {"after__value": query.after.value, "after__id": query.after.id}
        return statement, values

    def _page(
        self,
        sort: Sort,
        active: bool | None,
        filters: tuple[str, ...],
        goes_on: bool,
    ) -> Select[Any]:
        """Return the one statement for all pages of a kind."""
        columns = self.table.c
        direction = desc if sort.descending else asc
        statement = select(self.table).limit(bindparam("by__size", type_=Integer))
        order = (direction(columns[sort.field]), direction(columns.id))
        statement = statement.order_by(*order)
        if active is not None:
            at = columns.deactivated_at
            statement = statement.where(at.is_(None) if active else at.is_not(None))
        for name in filters:
            statement = statement.where(columns[name] == bindparam(f"filter__{name}"))
        return statement.where(self._is_behind(sort)) if goes_on else statement

    def _is_behind(self, sort: Sort) -> Any:
        """Compare in the form that every optimiser turns into one range of an index."""
        column, identifier = self.table.c[sort.field], self.table.c.id
        value: Any = bindparam("after__value", type_=column.type)
        tie: Any = bindparam("after__id")
        if sort.descending:
            return and_(column <= value, or_(column < value, identifier < tie))
        return and_(column >= value, or_(column > value, identifier > tie))
