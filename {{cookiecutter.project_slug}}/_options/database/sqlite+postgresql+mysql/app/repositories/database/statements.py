"""Spans of SQL statements within traces: the text with its placeholders, never the values."""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.tracing import begin_call, end_call, is_tracing

_SPAN = "span"


def trace_statements(engine: AsyncEngine) -> None:
    """Make a span of each statement of an engine; costs nothing if there are no traces."""
    if is_tracing():
        event.listen(engine.sync_engine, "before_cursor_execute", _begin)
        event.listen(engine.sync_engine, "after_cursor_execute", _end)
        event.listen(engine.sync_engine, "handle_error", _fail)


def _begin(connection: Connection, _cursor: object, statement: str, *_: Any) -> None:
    operation = statement.split(maxsplit=1)[0].upper()
    connection.info[_SPAN] = begin_call(
        operation,
        {
            "db.system.name": connection.dialect.name,
            "db.operation.name": operation,
            "db.query.text": statement,
        },
    )


def _end(connection: Connection, *_: Any) -> None:
    end_call(connection.info.pop(_SPAN, None))


def _fail(context: ExceptionContext) -> None:
    if context.connection is not None and not context.connection.invalidated:
        error = type(context.original_exception).__name__
        end_call(context.connection.info.pop(_SPAN, None), error)
