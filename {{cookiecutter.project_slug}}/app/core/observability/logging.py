"""Structured logging: one event a line, on standard output, each with its context.

Libraries that log through the standard library come out the same way. Every event goes
through `clean_event`, which masks what must not be in a log.
"""

import logging
import sys
from typing import Any, TextIO

import structlog
from opentelemetry import trace
from pydantic import TypeAdapter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

from app.core.observability.redaction import clean_event
from app.core.settings import LogFormat

_EVENTS = TypeAdapter(dict[str, Any])


def configure_logging(
    level: str,
    log_format: LogFormat,
    stream: TextIO | None = None,
) -> None:
    """Send every event of `level` and above to a stream (default: standard output).

    Called where the process starts: a logger that was used keeps to what was set then.
    """
    output = stream or sys.stdout
    numeric_level = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_shared_processors(), *_renderers(log_format, output)],
        wrapper_class=structlog.make_filtering_bound_logger(numeric_level),
        logger_factory=structlog.WriteLoggerFactory(output),
        cache_logger_on_first_use=True,
    )
    _redirect_standard_logging(numeric_level, log_format, output)


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the trace that an event is part of, if it is."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = trace.format_trace_id(context.trace_id)
        event["span_id"] = trace.format_span_id(context.span_id)
    return event


def _renderers(log_format: LogFormat, output: TextIO) -> list[Processor]:
    if log_format is LogFormat.JSON:
        return [
            structlog.processors.ExceptionRenderer(
                # Local variables may hold what must not be in a log.
                ExceptionDictTransformer(show_locals=False),
            ),
            clean_event,
            structlog.processors.JSONRenderer(_as_json),
        ]
    return [
        structlog.processors.ExceptionRenderer(),
        clean_event,
        _write_traces_as_text,
        structlog.dev.ConsoleRenderer(
            colors=output.isatty(),
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]


def _as_json(event: EventDict, **_options: object) -> str:
    return _EVENTS.dump_json(dict(event)).decode()


def _write_traces_as_text(
    _logger: WrappedLogger,
    _method: str,
    event: EventDict,
) -> EventDict:
    """The console writes what has these names as it is, and fails on what is not text."""
    for name in ("exception", "stack"):
        if not isinstance(event.get(name, ""), str):
            event[name] = str(event[name])
    return event


def _redirect_standard_logging(
    level: int,
    log_format: LogFormat,
    output: TextIO,
) -> None:
    handler = logging.StreamHandler(output)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared_processors(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(log_format, output),
            ],
        ),
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
