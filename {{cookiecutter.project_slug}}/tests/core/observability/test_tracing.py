"""Traces, and what carries them on."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import StatusCode
from pydantic import AnyHttpUrl

from app.core import service_info
from app.core.observability.instrumentation import measured
from app.core.observability.tracing import (
    TracingSettings,
    begin_call,
    configure_tracing,
    continued_from,
    current_traceparent,
    end_call,
    flush_traces,
    is_traced,
    span,
)
from tests.core.observability.spans import Spans

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NOT_SAMPLED = PARENT.removesuffix("1") + "0"


class Refused(Exception):
    """An answer."""

    is_refusal = True


@measured("service")
class Kiosk:
    """Sells, refuses, or fails."""

    async def sell(self) -> None:
        with span("look_on_the_shelf", {"shelf": "3"}):
            pass

    async def refuse(self) -> None:
        raise Refused("ada@example.com")

    async def fail(self) -> None:
        raise RuntimeError("ada@example.com")


def _trace_id(of: ReadableSpan) -> str:
    assert of.context is not None
    return f"{of.context.trace_id:032x}"


async def test_a_call_within_a_trace_is_a_span_with_what_it_calls_inside(
    spans: Spans,
) -> None:
    with continued_from(PARENT, "job"):
        await Kiosk().sell()

    shelf = spans.named("look_on_the_shelf")
    assert spans.path_to(shelf) == ["job", "Kiosk.sell", "look_on_the_shelf"]
    assert {_trace_id(it) for it in spans.all} == {PARENT.split("-")[1]}
    assert shelf.attributes == {"shelf": "3"}
    assert spans.named("Kiosk.sell").attributes == {"app.layer": "service"}


@pytest.mark.parametrize("parent", [None, "", "nonsense", "00-0-0-01"])
async def test_a_job_without_a_trace_begins_one(
    spans: Spans,
    parent: str | None,
) -> None:
    with continued_from(parent, "job"):
        pass

    assert spans.named("job").parent is None


async def test_outside_of_a_trace_nothing_is_made(spans: Spans) -> None:
    await Kiosk().sell()
    end_call(begin_call("SELECT", {}))

    assert spans.all == ()
    assert not is_traced()
    assert current_traceparent() is None
    assert span("one") is span("another")


async def test_what_the_caller_does_not_want_traced_is_not(spans: Spans) -> None:
    with continued_from(NOT_SAMPLED, "job"):
        await Kiosk().sell()
        carried_on = current_traceparent()

    assert spans.all == ()
    assert carried_on is not None
    assert carried_on.endswith("-00")


async def test_a_trace_is_carried_on_from_where_it_stands(spans: Spans) -> None:
    with continued_from(PARENT, "request"):
        handed_over = current_traceparent()
    with continued_from(handed_over, "job"):
        pass

    assert spans.path_to(spans.named("job")) == ["request", "job"]


async def test_a_failure_marks_its_span_and_says_nothing_else(spans: Spans) -> None:
    with continued_from(PARENT, "job"), pytest.raises(RuntimeError):
        await Kiosk().fail()

    failed = spans.named("Kiosk.fail")
    assert failed.status.status_code is StatusCode.ERROR
    assert (failed.attributes or {})["error.type"] == "RuntimeError"
    assert "ada@" not in failed.to_json()


async def test_a_refusal_is_named_but_no_failure(spans: Spans) -> None:
    with continued_from(PARENT, "job"), pytest.raises(Refused):
        await Kiosk().refuse()

    refused = spans.named("Kiosk.refuse")
    assert refused.status.status_code is StatusCode.UNSET
    assert (refused.attributes or {})["error.type"] == "Refused"
    assert "ada@" not in refused.to_json()


async def test_a_call_to_a_server_that_fails_marks_its_span(spans: Spans) -> None:
    with continued_from(PARENT, "job"):
        end_call(begin_call("SELECT", {"db.system.name": "x"}), "Deadlock")

    call = spans.named("SELECT")
    assert call.status.status_code is StatusCode.ERROR
    assert call.attributes == {"db.system.name": "x", "error.type": "Deadlock"}


async def test_spans_are_made_in_the_name_of_the_service(spans: Spans) -> None:
    with continued_from(None, "job"):
        pass

    attributes = spans.named("job").resource.attributes
    assert attributes["service.name"] == service_info.NAME
    assert attributes["service.version"] == service_info.VERSION


async def test_a_query_is_recorded_without_its_values(spans: Spans) -> None:
    query = {"url.query": "email=ada%40example.com&limit=2"}

    with continued_from(None, "job"), span("request", query):
        pass

    assert spans.named("request").attributes == {"url.query": "email&limit"}


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """The address of a server that takes traces, and what it was sent."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            received.append((self.path, self.rfile.read(length)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", received
        server.shutdown()
        thread.join()


def test_traces_are_sent_where_it_is_set(
    collector: tuple[str, list[tuple[str, bytes]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address, received = collector
    chosen: list[TracerProvider] = []
    monkeypatch.setattr(trace, "set_tracer_provider", chosen.append)
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: chosen[0])

    configure_tracing(TracingSettings(endpoint=AnyHttpUrl(address)))
    chosen[0].get_tracer("test").start_span("a_span").end()
    flush_traces()
    chosen[0].shutdown()

    [(path, body)] = received
    assert path == "/v1/traces"
    assert b"a_span" in body
    assert service_info.NAME.encode() in body


def test_without_an_address_no_traces_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[TracerProvider] = []
    monkeypatch.setattr(trace, "set_tracer_provider", chosen.append)

    configure_tracing(TracingSettings())
    flush_traces()

    assert chosen == []


def test_what_makes_traces_is_not_even_imported_without_an_address() -> None:
    """It would take time and memory from those who do not want it."""
    code = "import app.main, sys; print(*sys.modules)"
    command = [sys.executable, "-c", code]

    output = subprocess.check_output(command, text=True)  # noqa: S603 - our own code

    modules = set(output.split())
    assert "opentelemetry.trace" in modules
    assert not modules & {"opentelemetry.exporter", "google.protobuf", "requests"}
