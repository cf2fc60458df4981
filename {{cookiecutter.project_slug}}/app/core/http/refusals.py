"""Answers of the server itself: prepared once, so that refusing costs little.

Such a request reaches neither the application nor its log: each kind is counted, and a line
every few seconds says how many there were.
"""

import asyncio
import json
from collections.abc import Iterable
from http import HTTPStatus

import structlog

from app.core.http.correlation import correlation_id
from app.core.observability.metrics import HTTP_REFUSALS

RETRY_AFTER_SECONDS = 1

LOG_INTERVAL = 10.0
"""Seconds between two lines in the log about one kind of refusal."""

logger = structlog.get_logger()


class Refusal:
    """A problem (RFC 9457) as bytes; only the correlation id is filled in."""

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        detail: str,
        *,
        type_: str = "about:blank",
        title: str | None = None,
    ) -> None:
        self._reason = reason
        self._count = HTTP_REFUSALS.labels(reason)
        self._since_last_line = 0
        problem = {
            "type": type_,
            "title": title or status.phrase,
            "status": status,
            "detail": detail,
            "instance": "urn:request:%b",
            "correlation_id": "%b",
        }
        self._body = json.dumps(problem, separators=(",", ":")).encode()
        is_for_now = status is HTTPStatus.SERVICE_UNAVAILABLE
        again = f"retry-after: {RETRY_AFTER_SECONDS}\r\n" if is_for_now else ""
        self._head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "content-type: application/problem+json\r\n"
            "x-content-type-options: nosniff\r\n"
            "cache-control: no-store\r\n"
            f"{again}x-request-id: %b\r\ncontent-length: %d\r\n%b\r\n"
        ).encode()

    def answer(
        self,
        headers: Iterable[tuple[bytes, bytes]] = (),
        *,
        close: bool = True,
        head: bool = False,
        fields: bytes = b"",
    ) -> bytes:
        """Return the whole answer to a request; `head` leaves its body out.

        `fields` are further header lines.
        """
        request_id = correlation_id(headers).encode()
        body = self._body % (request_id, request_id)
        connection = b"connection: close\r\n" if close else b""
        answer = self._head % (request_id, len(body), connection + fields)
        return answer if head else answer + body

    def note(self, loop: asyncio.AbstractEventLoop) -> None:
        """Count one more; the first of an interval sees to it that a line is written."""
        self._count.inc()
        self._since_last_line += 1
        if self._since_last_line == 1:
            loop.call_later(LOG_INTERVAL, self._write_line)

    def _write_line(self) -> None:
        count, self._since_last_line = self._since_last_line, 0
        logger.warning("requests_refused", reason=self._reason, count=count)


OVERLOADED = Refusal(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded",
    "There is too much to do right now.",
    type_="urn:problem-type:overloaded",
    title="Too much to do",
)
NOT_HTTP = Refusal(
    HTTPStatus.BAD_REQUEST,
    "not_http",
    "This is not a valid HTTP/1.1 request.",
)
TOO_SLOW = Refusal(
    HTTPStatus.REQUEST_TIMEOUT,
    "too_slow",
    "The request did not arrive in time.",
)
LONG_ADDRESS = Refusal(
    HTTPStatus.REQUEST_URI_TOO_LONG,
    "long_address",
    "The address is longer than this service accepts.",
)
LARGE_FIELDS = Refusal(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "large_fields",
    "The header or trailer section is larger than this service accepts.",
)
