"""Log lines."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.core.observability.logging import configure_logging
from app.core.observability.tracing import continued_from
from app.core.settings import LogFormat
from tests.core.observability.spans import Spans


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Put back what `configure_logging` changes for the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


def _lines(output: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_context(output: io.StringIO) -> None:
    configure_logging("info", LogFormat.JSON, output)

    with structlog.contextvars.bound_contextvars(correlation_id="abc"):
        structlog.get_logger().info("user_registered", name="Zoë\r\n\x1b[31m")

    [line] = _lines(output)
    assert line["event"] == "user_registered"
    assert line["level"] == "info"
    assert line["correlation_id"] == "abc"
    assert line["name"] == r"Zoë\r\n\x1b[31m"
    assert line["timestamp"].endswith("Z")


def test_an_exception_stays_on_its_line_and_shows_no_variables(
    output: io.StringIO,
) -> None:
    configure_logging("info", LogFormat.JSON, output)

    secret = "-".join(["hunter", "2"])
    try:
        raise ValueError(len(secret))
    except ValueError:
        structlog.get_logger().exception("request_failed")

    [line] = _lines(output)
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert "hunter-2" not in output.getvalue()


def test_an_event_within_a_trace_names_it(output: io.StringIO, spans: Spans) -> None:
    configure_logging("info", LogFormat.JSON, output)

    with continued_from(None, "job"):
        structlog.get_logger().info("user_registered")
    structlog.get_logger().info("idle")

    context = spans.named("job").context
    within, outside = _lines(output)
    assert context is not None
    assert within["trace_id"] == f"{context.trace_id:032x}"
    assert within["span_id"] == f"{context.span_id:016x}"
    assert "trace_id" not in outside


def test_events_below_the_level_are_dropped(output: io.StringIO) -> None:
    configure_logging("warning", LogFormat.JSON, output)

    structlog.get_logger().info("dropped")
    structlog.get_logger().warning("kept")

    assert [line["event"] for line in _lines(output)] == ["kept"]


def test_libraries_log_the_same_way(output: io.StringIO) -> None:
    configure_logging("info", LogFormat.JSON, output)

    logging.getLogger("uvicorn.error").info("Started %s", "it")
    logging.getLogger("uvicorn.error").debug("dropped")

    [line] = _lines(output)
    assert line["event"] == "Started it"
    assert line["level"] == "info"


def test_what_libraries_log_is_masked(output: io.StringIO) -> None:
    configure_logging("info", LogFormat.JSON, output)

    try:
        raise ValueError("ada@example.com")
    except ValueError:
        logging.getLogger("driver").exception("%s\r\nforged", "token=hunter2")

    [line] = _lines(output)
    assert line["event"] == r"token=[masked]\r\nforged"
    assert line["exception"][0]["exc_value"] == "[masked]"


@pytest.mark.parametrize("log_format", list(LogFormat))
@pytest.mark.parametrize("name", ["exception", "stack", "level", "timestamp", "logger"])
@pytest.mark.parametrize("value", [None, 17, ["ada"], {"name": "ada"}, ValueError("x")])
def test_what_is_bound_may_have_any_name_and_any_value(
    output: io.StringIO,
    log_format: LogFormat,
    name: str,
    value: object,
) -> None:
    configure_logging("info", log_format, output)

    structlog.get_logger().info("user_registered", **{name: value})

    assert "user_registered" in output.getvalue()


def test_people_get_lines_they_can_read(output: io.StringIO) -> None:
    configure_logging("info", LogFormat.CONSOLE, output)

    structlog.get_logger().info("user_registered", user_id="17")

    assert "user_registered" in output.getvalue()
    assert "user_id=17" in output.getvalue()
