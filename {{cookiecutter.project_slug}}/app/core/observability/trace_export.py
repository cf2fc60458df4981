"""How traces are made and sent. Imported only if they are."""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from app.core import service_info
from app.core.observability.tracing import TracingSettings

EXPORT_SECONDS = 5
"""How long spans are tried to be sent, retries included: nobody who stops waits longer."""

_QUERY = "url.query"


class QueriesHidden(SpanProcessor):
    """Keeps only the names of a query's parameters: values may be people's addresses."""

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Change the span before anybody sees it."""
        query = (span.attributes or {}).get(_QUERY)
        if isinstance(query, str):
            names = (part.partition("=")[0] for part in query.split("&"))
            span.set_attribute(_QUERY, "&".join(names))


def make_provider(settings: TracingSettings) -> TracerProvider:
    """Return what makes spans, in the name of this service; it sends them nowhere yet."""
    names = {"service.name": service_info.NAME, "service.version": service_info.VERSION}
    provider = TracerProvider(
        resource=Resource.create(names).merge(OTELResourceDetector().detect()),
        sampler=ParentBasedTraceIdRatio(settings.ratio),
    )
    provider.add_span_processor(QueriesHidden())
    return provider


def start(settings: TracingSettings) -> None:
    """Make spans in this process, and send them in the background."""
    provider = make_provider(settings)
    endpoint = f"{str(settings.endpoint).removesuffix('/')}/v1/traces"
    exporter = OTLPSpanExporter(endpoint, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
