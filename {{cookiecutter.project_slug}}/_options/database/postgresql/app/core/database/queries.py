"""Statements of SQLAlchemy as the text that PostgreSQL is asked, each compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Insert, Select, Update
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

Statement = Select[Any] | Insert | Update | Delete

_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Query:
    """A text with the places `$1`, `$2`, …, and the names and values that belong there."""

    sql: str
    places: tuple[tuple[str, object], ...]

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Return what to send; where `values` has nothing, what the statement itself holds."""
        return [values.get(name, held) for name, held in self.places]


_QUERIES: WeakKeyDictionary[Statement, Query] = WeakKeyDictionary()
"""Kept as long as their statements: those of modules for good, all others for one use."""


def query_of(statement: Statement) -> Query:
    """Return a statement as PostgreSQL understands it."""
    query = _QUERIES.get(statement)
    if query is None:
        query = _QUERIES[statement] = _compiled(statement)
    return query


def _compiled(statement: Statement) -> Query:
    compiled = statement.compile(
        dialect=_DIALECT,
        compile_kwargs={"render_postcompile": True},
    )
    held = compiled.params
    names = compiled.positiontup or ()
    return Query(str(compiled), tuple((name, held[name]) for name in names))
