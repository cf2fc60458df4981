"""Traces: spans of what is part of one, carried on through jobs; next to nothing without.

FastAPI itself makes a span of each request once there is a provider of traces, and that is
made only if it is set where traces go.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field

from app.core.observability.outcomes import Outcome, outcome_of

Attributes = Mapping[str, str]

_TRACEPARENT = "traceparent"

_tracer = trace.get_tracer("app")
_propagator = TraceContextTextMapPropagator()
_no_span = nullcontext()


class TracingSettings(BaseModel):
    """Whether and where traces are sent. `OTEL_…` variables of the environment add to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    endpoint: AnyHttpUrl | None = Field(
        default=None,
        description="Where traces are sent, by OTLP: `http://localhost:4318`; if unset, none are made.",
    )
    ratio: float = Field(
        default=1,
        ge=0,
        le=1,
        description="The share of requests that are traced, unless the caller has decided.",
    )


def configure_tracing(settings: TracingSettings) -> None:
    """Have traces made and sent as set. Called once, where the process starts."""
    if settings.endpoint is not None:
        # What makes and sends spans is large: it is imported only by those who want them.
        import_module("app.core.observability.trace_export").start(settings)


def flush_traces() -> None:
    """Send what has not been sent yet; takes some seconds if nobody listens."""
    flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flush is not None:
        flush()


def is_traced() -> bool:
    """Return whether what happens now is part of a trace that is recorded."""
    return trace.get_current_span().is_recording()


def is_tracing() -> bool:
    """Return whether this process makes traces at all."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


def span(
    name: str,
    attributes: Attributes | None = None,
) -> AbstractContextManager[None]:
    """Return what makes a span of its body, if that is part of a trace that is recorded.

    A body that fails marks the span; one that refuses does not. No message is recorded: it
    may hold personal data.
    """
    return _spanned(name, attributes) if is_traced() else _no_span


def begin_call(name: str, attributes: Attributes) -> Span | None:
    """Begin the span of a call to another server, for the caller to end; None if not traced."""
    if not is_traced():
        return None
    return _tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)


def end_call(current: Span | None, error: str | None = None) -> None:
    """End what `begin_call` began; `error` names what went wrong."""
    if current is None:
        return
    if error is not None:
        current.set_attribute("error.type", error)
        current.set_status(StatusCode.ERROR)
    current.end()


def current_traceparent() -> str | None:
    """Return where the current trace stands, for `continued_from`; None if there is none.

    Source: https://www.w3.org/TR/trace-context/#traceparent-header
    """
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(_TRACEPARENT)


@contextmanager
def continued_from(
    traceparent: str | None,
    name: str,
    attributes: Attributes | None = None,
) -> Iterator[None]:
    """Make a span of the body that belongs to a trace begun elsewhere, or begins a new one."""
    context = _propagator.extract({_TRACEPARENT: traceparent or ""})
    with _spanned(name, attributes, context, SpanKind.CONSUMER):
        yield


@contextmanager
def _spanned(
    name: str,
    attributes: Attributes | None,
    context: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
) -> Iterator[None]:
    with _tracer.start_as_current_span(
        name,
        context,
        kind,
        attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            if outcome_of(error) is Outcome.ERROR:
                current.set_status(StatusCode.ERROR)
            raise
