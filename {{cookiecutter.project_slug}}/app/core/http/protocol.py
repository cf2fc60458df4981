"""The server's side of a connection: uvicorn's HTTP/1.1, with an end to everything.

uvicorn bounds neither the bytes nor the time of a header section, and starts the application
before there is a body. Here a request reaches the application when it is complete; until
then it costs its bytes and nothing else. Those are bounded for each connection and for all
of them together, and overload is answered before there is a task.

Sources: RFC 9110, section 15.5; RFC 9112, section 7.1.2; RFC 6585, section 5.
"""

import asyncio
import resource
from collections import deque
from dataclasses import dataclass, field
from resource import RLIM_INFINITY
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from app.core.http.refusals import (
    LARGE_FIELDS,
    LONG_ADDRESS,
    NOT_HTTP,
    OVERLOADED,
    RETRY_AFTER_SECONDS,
    TOO_SLOW,
    Refusal,
)
from app.core.settings import HttpSettings

PROBES = frozenset({"/livez", "/readyz"})
"""Always answered: a busy process is not a dead one."""

BETWEEN_FIELDS = 1024
"""Bytes allowed besides address and fields: the method, the version, ends of lines."""

OTHER_FILES = 256
"""Open files that are left for the database, a cache and whatever else is not a client."""

STARTS_AT_ONCE = 16
"""Requests that are started in one turn of the event loop."""

LINGER = 1.0
"""Seconds that a client has to read a refusal; closing at once would reset the connection."""

_IDLE, _FIELDS, _BODY = range(3)
"""The part of a message that comes next; trailers come where the body ends."""


def _nothing() -> None:
    """Take the place of a callback that would keep a connection in a reference cycle."""


def most_connections(wanted: int) -> int:
    """Return how many connections there can be, with as many open files as that takes.

    The limit of open files that a process begins with is low: 1024 on most systems.
    """
    limit, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + OTHER_FILES
    if RLIM_INFINITY != limit < needed:
        limit = needed if highest == RLIM_INFINITY else min(needed, highest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, highest))
    if limit == RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, limit - OTHER_FILES))


@dataclass(eq=False, slots=True)
class Gate:
    """The limits of a process, and what its connections hold against them."""

    settings: HttpSettings
    max_connections: int
    connections: dict["BoundedProtocol", None] = field(default_factory=dict)
    """The one that was last used longest ago is the first."""
    incomplete_bytes: int = 0
    """Bytes of all bodies that are not complete yet."""
    started: int = 0
    """Requests that were started in this turn of the event loop."""
    queue: "deque[tuple[BoundedProtocol, RequestResponseCycle]]" = field(
        default_factory=deque,
    )
    """Requests for the next turns."""

    def let_in(self, connection: "BoundedProtocol") -> None:
        """Take a connection; above the limit, close the idle one that waits longest."""
        self.connections[connection] = None
        if len(self.connections) > self.max_connections:
            idle = (it for it in self.connections if not it.is_answering)
            next(idle, connection).drop()

    def make_room(self) -> None:
        """Refuse the largest incomplete bodies until the others are within the limit."""
        while self.incomplete_bytes > self.settings.max_incomplete_bytes:
            max(self.connections, key=lambda it: it.body_bytes).refuse(OVERLOADED)

    def start(
        self,
        connection: "BoundedProtocol",
        cycle: RequestResponseCycle,
    ) -> None:
        """Start a request in this turn of the event loop, or in one of the next.

        Turns stay short so, however many requests come at once: probes, new connections and
        the requests that were begun get theirs.
        """
        if not self.started:
            connection.loop.call_soon(self._take_turn, connection.loop)
        if self.started < STARTS_AT_ONCE:
            self.started += 1
            connection.start(cycle)
        else:
            self.queue.append((connection, cycle))

    def _take_turn(self, loop: asyncio.AbstractEventLoop) -> None:
        self.started = min(len(self.queue), STARTS_AT_ONCE)
        if self.started:
            loop.call_soon(self._take_turn, loop)
        for _ in range(self.started):
            connection, cycle = self.queue.popleft()
            connection.start(cycle)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. Its methods run for every request, so each has to be cheap."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        gate: Gate,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._gate = gate
        settings = self._settings = gate.settings
        self._max_fields = settings.max_url_bytes + settings.max_header_bytes
        self._max_fields += BETWEEN_FIELDS
        self.url = b""  # uvicorn sets it with the first request
        self._part = _IDLE
        self._unread = 0  # bytes of the message that are not of its body
        self._held: RequestResponseCycle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timed_part = _IDLE
        self._timed_since = 0.0
        self._refused = False
        self._retry_at = 0.0

    @property
    def body_bytes(self) -> int:
        """How much of a body has come that is not complete."""
        return 0 if self._held is None else len(self._held.body)

    @property
    def is_answering(self) -> bool:
        """Whether the application has a request of this connection."""
        if self.cycle is None or self.transport.is_closing():
            return False
        is_over = self.cycle.response_complete or self.cycle is self._held
        return bool(self.pipeline) or not is_over

    def connection_made(  # type: ignore[override] # as it is in uvicorn
        self,
        transport: asyncio.Transport,
    ) -> None:
        super().connection_made(transport)
        self._time(_IDLE)
        self._gate.let_in(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._gate.connections.pop(self, None)
        self._release()
        self._stop_timer()
        super().connection_lost(exc)
        self.pipeline.clear()
        if self.cycle is not None:
            self.cycle.on_response = _nothing

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unread += len(data)
        if self._part == _IDLE:
            self._part = _FIELDS
        super().data_received(data)
        if self._refused or self.transport.is_closing():
            return
        if self._part == _IDLE:
            self._stop_timer()
        else:
            self._check_incomplete()

    def on_headers_complete(self) -> None:
        self._part = _BODY
        self._unread = 0
        super().on_headers_complete()
        if not self.parser.should_upgrade():
            # Trailers must not become headers. Source: RFC 9110, section 6.5.1.
            self.headers = []

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._unread -= len(body)
        if self._held is not None:
            self._gate.incomplete_bytes += len(body)
            self.flow.resume_reading()  # else the application would, and it waits

    def on_chunk_complete(self) -> None:
        """Begin to count again: the parser has read what is around a chunk."""
        self._unread = 0

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._part = _IDLE
        self._unread = 0
        held = self._release()
        if held is not None:
            self._admit(held)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._gate.connections.pop(self, self) is None:  # it was not dropped
            self._gate.connections[self] = None
        if self._held is not None:
            self._time(_BODY)

    def handle_websocket_upgrade(self) -> None:
        self._gate.connections.pop(self, None)  # from now on it is another protocol's
        self._stop_timer()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        del msg  # in plain text
        self.refuse(NOT_HTTP)

    def refuse(self, refusal: Refusal) -> None:
        """Answer a request that is not complete, and close the connection."""
        refusal.note(self.loop)
        self._stop_timer()
        if self.is_answering:
            self.drop()
            return
        held = self._release()
        headers = (self.headers or ()) if held is None else held.scope["headers"]
        self._refused = True
        self.flow.pause_reading()
        fields = self._settings.cors.response_fields(headers)
        self.transport.write(refusal.answer(headers, fields=fields))
        self.headers = []  # with the parser, they hold what was read last
        self.parser = None  # type: ignore[assignment] # as uvicorn does in the end
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = self.loop.call_later(LINGER, self.transport.abort)

    def drop(self) -> None:
        """Close the connection without an answer."""
        self._gate.connections.pop(self, None)
        self._release()
        self.transport.abort()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Hold a request until it is complete; uvicorn calls this once it has headers."""
        if self.transport.is_closing():
            cycle.on_response = _nothing
        elif cycle.more_body:
            self._held = cycle
            self._gate.incomplete_bytes += len(cycle.body)
        else:
            self._admit(cycle)

    def start(self, cycle: RequestResponseCycle) -> None:
        """Hand a request to the application."""
        if not cycle.disconnected:
            super()._start_asgi_task(cycle, self.app)

    def _release(self) -> RequestResponseCycle | None:
        held, self._held = self._held, None
        if held is not None:
            self._gate.incomplete_bytes -= len(held.body)
        return held

    def _admit(self, cycle: RequestResponseCycle) -> None:
        handled = len(self.tasks) + len(self._gate.queue)
        if cycle.scope["path"] in PROBES:
            self.start(cycle)
        elif handled < self._settings.max_concurrent:
            self._gate.start(self, cycle)
        else:
            self._refuse_overload(cycle)

    def _refuse_overload(self, cycle: RequestResponseCycle) -> None:
        """Answer without a task, and go on with the connection if that is possible."""
        cycle.response_started = cycle.response_complete = True
        cycle.on_response = _nothing
        if cycle.more_body:
            self.refuse(OVERLOADED)
            return
        OVERLOADED.note(self.loop)
        if self.flow.write_paused:  # the client sends, and does not read
            self.drop()
            return
        scope = cycle.scope
        close = bool(self.pipeline) or not cycle.keep_alive
        answer = OVERLOADED.answer(
            scope["headers"],
            close=close,
            head=scope["method"] == "HEAD",
            fields=self._settings.cors.response_fields(scope["headers"]),
        )
        self.transport.write(answer)
        if close:
            self.transport.close()
        self.on_response_complete()
        if not close:
            self._slow_down()

    def _slow_down(self) -> None:
        """Read no more for now from a client that does not wait as it is told to.

        Refusals are cheap, but thousands of clients that repeat them at once are not.
        """
        now = self.loop.time()
        if now < self._retry_at:
            self.flow.pause_reading()
            self.loop.call_later(RETRY_AFTER_SECONDS, self._read_on)
        self._retry_at = now + RETRY_AFTER_SECONDS

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _check_incomplete(self) -> None:
        """Look at a message of which only a part has come: most come at once."""
        if self._unread > self._max_fields:
            is_address = len(self.url) > self._settings.max_url_bytes
            self.refuse(LONG_ADDRESS if is_address else LARGE_FIELDS)
            return
        is_timed = self._timer is not None
        if not is_timed or (self._part == _BODY and self._timed_part != _BODY):
            self._time(self._part)
        held = self._held
        if held is None:
            return
        if self._is_too_large(held):
            self._release()
            self._admit(held)  # the application answers 413
            return
        if held.waiting_for_100_continue:
            held.waiting_for_100_continue = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._gate.make_room()

    def _is_too_large(self, cycle: RequestResponseCycle) -> bool:
        for name, value in cycle.scope["headers"]:
            if name == b"content-length":
                # The parser refuses 2**64 and more: what is before 20 digits is zeros.
                return int(value.strip()[-20:]) > self._settings.max_body_bytes
        return len(cycle.body) > self._settings.max_body_bytes

    def _time(self, part: int) -> None:
        self._stop_timer()
        self._timed_part = part
        self._timed_since = self.loop.time()
        self._timer = self.loop.call_later(self._seconds(), self._on_time)

    def _seconds(self) -> float:
        """How long the part may take; a body has more time the more of it has come."""
        settings = self._settings
        if self._timed_part == _BODY:
            return settings.body_timeout + self.body_bytes / settings.min_body_rate
        return settings.header_timeout

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_time(self) -> None:
        left = self._timed_since + self._seconds() - self.loop.time()
        if self.is_answering:
            self._time(self._part)  # a further request waits: its time has not begun
        elif left > 0:
            self._timer = self.loop.call_later(left, self._on_time)
        elif self._part == _FIELDS or self._held is not None:
            self.refuse(TOO_SLOW)
        else:
            self.drop()
