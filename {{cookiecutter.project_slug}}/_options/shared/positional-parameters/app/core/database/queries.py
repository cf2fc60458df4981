"""Statements of SQLAlchemy as the text that the driver sends, each compiled once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.types import TypeEngine

from app.core.database.types import DIALECT

Statement = Select[Any] | Insert | Update | Delete
Conversion = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value belongs in a text, what the statement itself holds, and how it is kept."""

    name: str
    held: object
    to_kept: Conversion


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Query:
    """A text with places for values, and the columns of the rows that it yields.

    `from_kept` has those columns whose values the database keeps in another form.
    """

    sql: str
    places: tuple[Place, ...]
    columns: tuple[str, ...]
    from_kept: tuple[tuple[str, Callable[[Any], Any]], ...]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Return what to send; where `values` has nothing, what the statement itself holds."""
        sent = []
        for place in self.places:
            value = values.get(place.name, place.held)
            sent.append(value if place.to_kept is None else place.to_kept(value))
        return sent

    def rows(self, found: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Return what was found as values of Python, by the names of their columns."""
        rows = [dict(zip(self.columns, values, strict=True)) for values in found]
        for name, from_kept in self.from_kept:
            for row in rows:
                row[name] = from_kept(row[name])
        return rows


_QUERIES: WeakKeyDictionary[Statement, Query] = WeakKeyDictionary()
"""Kept as long as their statements: those of modules for good, all others for one use."""


def query_of(statement: Statement) -> Query:
    """Return a statement as the database understands it."""
    query = _QUERIES.get(statement)
    if query is None:
        query = _QUERIES[statement] = _compiled(statement)
    return query


def _compiled(statement: Statement) -> Query:
    compiled = statement.compile(dialect=DIALECT)
    expanded = compiled.construct_expanded_state(compiled.params)
    held = expanded.parameters
    to_kept = {name: _to_kept(bound.type) for name, bound in compiled.binds.items()}
    to_kept |= expanded.processors
    names = expanded.positiontup or ()
    places = [Place(name, held[name], to_kept.get(name)) for name in names]
    columns, converted = [], []
    if isinstance(statement, Select):
        for name, column in statement.selected_columns.items():
            columns.append(name)
            if (from_kept := _from_kept(column.type)) is not None:
                converted.append((name, from_kept))
    return Query(expanded.statement, tuple(places), tuple(columns), tuple(converted))


def _to_kept(of: TypeEngine[Any]) -> Conversion:
    return of.dialect_impl(DIALECT).bind_processor(DIALECT)


def _from_kept(of: TypeEngine[Any]) -> Conversion:
    return of.dialect_impl(DIALECT).result_processor(DIALECT, None)
