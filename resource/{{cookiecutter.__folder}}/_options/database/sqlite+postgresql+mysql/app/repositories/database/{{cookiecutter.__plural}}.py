{% set r = cookiecutter | resource %}
{% set n = r.names %}
{% set filtered = r.filters or r.has_owner %}
"""{{ n.plural_title }} in a table."""

from functools import cache
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import Integer, Select, and_, asc, bindparam, desc, insert, or_, select, update

from app.core.database.sessions import Session, WriteSession
from app.core.observability.instrumentation import measured
from app.core.pagination import Page
from app.models.{{ n.singular }} import {{ n.cls }}, {{ n.cls }}Query, {{ n.cls }}Sort
from app.repositories.database.tables import {{ n.plural }}
from app.repositories.interfaces.errors import Stale{{ n.cls }}
from app.repositories.interfaces.{{ n.plural }} import {{ n.cls }}Repository, Writable{{ n.cls }}Repository

_{{ n.constants }} = TypeAdapter(tuple[{{ n.cls }}, ...])
"""Makes {{ n.plural_words }} of rows, all at once: to make them one by one takes twice as long."""

_BY_ID = select({{ n.plural }}).where({{ n.plural }}.c.id == bindparam("wanted"))
_ADD = insert({{ n.plural }})
_CHANGE = update({{ n.plural }}).where(
    {{ n.plural }}.c.id == bindparam("changed"),
    {{ n.plural }}.c.version == bindparam("version_before"),
)


@measured("repository")
class Sql{{ n.cls }}Repository({{ n.cls }}Repository):
    """Reads {{ n.plural_words }} through a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get_{{ n.singular }}(self, {{ n.singular }}_id: UUID) -> {{ n.cls }} | None:
        rows = await self._session.rows(_BY_ID, {"wanted": {{ n.singular }}_id})
        found = _{{ n.constants }}.validate_python(rows)
        return found[0] if found else None

    async def list_{{ n.plural }}(self, query: {{ n.cls }}Query) -> Page[{{ n.cls }}]:
        rows = await self._session.rows(*_page(query))
        items = _{{ n.constants }}.validate_python(rows[: query.size])
        more = len(rows) > query.size
        return Page(items=items, next=query.sort.position(items[-1]) if more else None)


@measured("repository")
class WritableSql{{ n.cls }}Repository(Sql{{ n.cls }}Repository, Writable{{ n.cls }}Repository):
    """Reads and writes {{ n.plural_words }} within the transaction of a session."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._writes = session

    async def add(self, {{ n.singular }}: {{ n.cls }}) -> None:
        await self._writes.write(_ADD, _values({{ n.singular }}))

    async def update(self, {{ n.singular }}: {{ n.cls }}) -> None:
        before = {"changed": {{ n.singular }}.id, "version_before": {{ n.singular }}.version - 1}
        changed = await self._writes.write(_CHANGE, before | _values({{ n.singular }}))
        if not changed:
            raise Stale{{ n.cls }}


def _page(query: {{ n.cls }}Query) -> tuple[Select[Any], dict[str, object]]:
    """Return what selects a page, and the values for it.

    One row more is selected than asked for: whether it comes says whether there is a next page.
    """
    statement = _pages(
        query.sort,
        active=query.active,
{% if filtered %}
        filters=tuple(query.filters),
{% endif %}
        goes_on=query.after is not None,
    )
    values: dict[str, object] = {"size": query.size + 1{{ ", **query.filters" if filtered else "" }}}
    if query.after is not None:
        values |= {"after_value": query.after.value, "after_id": query.after.id}
    return statement, values


@cache
def _pages(
    sort: {{ n.cls }}Sort,
    *,
    active: bool | None,
{% if filtered %}
    filters: tuple[str, ...],
{% endif %}
    goes_on: bool,
) -> Select[Any]:
    """Return the one statement for all pages of a kind."""
    direction = desc if sort.descending else asc
    statement = select({{ n.plural }}).limit(bindparam("size", type_=Integer))
    statement = statement.order_by(direction({{ n.plural }}.c[sort.field]), direction({{ n.plural }}.c.id))
    if active is not None:
        deactivated = {{ n.plural }}.c.deactivated_at
        statement = statement.where(
            deactivated.is_(None) if active else deactivated.is_not(None),
        )
{% if filtered %}
    for name in filters:
        statement = statement.where({{ n.plural }}.c[name] == bindparam(name))
{% endif %}
    if goes_on:
        statement = statement.where(_is_behind(sort))
    return statement


def _is_behind(sort: {{ n.cls }}Sort) -> Any:
    """Compare in the form that every optimiser turns into one range of an index."""
    column, identifier = {{ n.plural }}.c[sort.field], {{ n.plural }}.c.id
    value: Any = bindparam("after_value", type_=column.type)
    tie: Any = bindparam("after_id")
    if sort.descending:
        return and_(column <= value, or_(column < value, identifier < tie))
    return and_(column >= value, or_(column > value, identifier > tie))


def _values({{ n.singular }}: {{ n.cls }}) -> dict[str, Any]:
    return {column.name: getattr({{ n.singular }}, column.name) for column in {{ n.plural }}.columns}
