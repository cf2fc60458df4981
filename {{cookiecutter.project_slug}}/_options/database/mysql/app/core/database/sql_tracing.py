"""Spans of SQL statements within traces: the text with its placeholders, never the values."""

from weakref import WeakKeyDictionary

from opentelemetry.trace import Span
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.observability.tracing import begin_call, end_call, is_tracing


def trace_statements(engine: AsyncEngine) -> None:
    """Make a span of each statement of an engine; costs nothing if there are no traces."""
    if is_tracing():
        statements = TracedStatements()
        event.listen(engine.sync_engine, "before_cursor_execute", statements.begin)
        event.listen(engine.sync_engine, "after_cursor_execute", statements.end)
        event.listen(engine.sync_engine, "handle_error", statements.fail)


class TracedStatements:
    """Keeps the spans of statements that are being executed."""

    def __init__(self) -> None:
        self._spans: WeakKeyDictionary[ExecutionContext, Span] = WeakKeyDictionary()

    def begin(
        self,
        connection: Connection,
        _cursor: object,
        statement: str,
        _parameters: object,
        context: ExecutionContext,
        _many: bool,
    ) -> None:
        """Begin a span, if this is part of a trace."""
        operation = statement.split(maxsplit=1)[0].upper()
        span = begin_call(
            operation,
            {
                "db.system.name": connection.dialect.name,
                "db.operation.name": operation,
                "db.query.text": statement,
            },
        )
        if span is not None:
            self._spans[context] = span

    def end(
        self,
        _connection: Connection,
        _cursor: object,
        _statement: str,
        _parameters: object,
        context: ExecutionContext,
        _many: bool,
    ) -> None:
        """End the span."""
        end_call(self._spans.pop(context, None))

    def fail(self, error: ExceptionContext) -> None:
        """End the span, and say what went wrong, not with which values."""
        if error.execution_context is not None:
            span = self._spans.pop(error.execution_context, None)
            end_call(span, type(error.original_exception).__name__)
