"""Spans within a trace that is recorded; nothing, and next to no time, without one."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.trace import StatusCode

from app.core.outcomes import Outcome, outcome_of

_tracer = trace.get_tracer("app")
_NO_SPAN = nullcontext()


def span(
    name: str,
    attributes: Mapping[str, str] | None = None,
) -> AbstractContextManager[None]:
    """Return what makes a span of its body, if that is part of a trace that is recorded.

    A body that fails marks the span; one that refuses does not. No message is recorded: it
    may hold personal data.
    """
    if not trace.get_current_span().is_recording():
        return _NO_SPAN
    return _recorded(name, attributes)


@contextmanager
def _recorded(name: str, attributes: Mapping[str, str] | None) -> Iterator[None]:
    with _tracer.start_as_current_span(
        name,
        attributes=attributes,
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
