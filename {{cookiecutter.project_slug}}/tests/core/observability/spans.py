"""What is recorded of traces, for tests to look at."""

from functools import cache

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.core.observability.trace_export import make_provider
from app.core.observability.tracing import TracingSettings


@cache
def recorder() -> InMemorySpanExporter:
    """Return what keeps every span from now on: a process can be told once who makes them."""
    exporter = InMemorySpanExporter()
    provider = make_provider(TracingSettings())
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


class Spans:
    """Spans that have ended since the test began."""

    def __init__(self) -> None:
        recorder().clear()

    @property
    def all(self) -> tuple[ReadableSpan, ...]:
        """Return them in the order in which they ended."""
        return recorder().get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        """Return the one span of this name."""
        [found] = [span for span in self.all if span.name == name]
        return found

    def path_to(self, span: ReadableSpan) -> list[str]:
        """Return the names of all spans around one, the outermost first, and its own."""
        by_id = {it.context.span_id: it for it in self.all if it.context}
        parent = by_id.get(span.parent.span_id) if span.parent else None
        return [*(self.path_to(parent) if parent else []), span.name]
